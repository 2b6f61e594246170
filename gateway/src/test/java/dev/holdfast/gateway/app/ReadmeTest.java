// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the root README shows of the configuration can be used as it stands there. */
final class ReadmeTest {
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    @Test
    void everyYamlExampleOfTheReadmeIsAConfigurationThatLoads() throws Exception {
        Matcher examples = YAML.matcher(Files.readString(Path.of("..", "README.md")));

        int found = 0;
        while (examples.find()) {
            Path file = Files.writeString(directory.resolve(found++ + ".yaml"), examples.group(1));
            ConfigLoader loader = new ConfigLoader();
            loader.file(file);
            assertThat(loader.load().auth().jwt()).isNotNull();
        }

        assertThat(found).isPositive();
    }
}
