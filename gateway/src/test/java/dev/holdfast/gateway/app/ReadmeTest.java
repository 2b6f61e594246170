// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents show of the configuration can be used as it stands there. */
final class ReadmeTest {
    private static final Pattern CONFIG =
            Pattern.compile("(?s)<!-- (?:config|recipe: gateway\\.yaml) -->\n```yaml\n(.*?)```");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "gateway/docs/clients.md", "deploy/balancer/README.md"})
    void everyExampleIsAConfigurationThatLoads(String page) throws Exception {
        Matcher examples = CONFIG.matcher(Files.readString(Path.of("..").resolve(page)));

        int found = 0;
        while (examples.find()) {
            Path file = Files.writeString(directory.resolve(found++ + ".yaml"), examples.group(1));
            ConfigLoader loader = new ConfigLoader().file(file).set("dev=true"); // some show a part that lets nobody in
            assertThat(loader.load()).isNotEqualTo(HoldfastConfig.of("dev=true"));
        }

        assertThat(found).isPositive();
    }
}
