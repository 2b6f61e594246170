// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.HoldfastProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shells complete commands and flags; and a command costs no more than its own classes. */
final class CompletionCommandTest {
    @TempDir
    private Path directory;

    @Test
    void bashCompletesCommandsSubcommandsAndFlags() throws Exception {
        assertThat(completed("bash", "holdfast", "sess")).containsExactly("sessions");
        assertThat(completed("bash", "holdfast", "sessions", "ins")).containsExactly("inspect");
        assertThat(completed("bash", "holdfast", "gateways", "drain", "--api-t"))
                .containsExactly("--api-token-file");
    }

    @Test
    void zshTakesItsScript() throws Exception {
        Path script = Files.writeString(
                directory.resolve("completion.zsh"),
                new Commands().good("completion", "zsh").out() + "\nwhence _complete_holdfast\n");
        Process zsh = new ProcessBuilder("zsh", "-f", script.toString())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(zsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("_complete_holdfast");
    }

    /** What a shell offers for the last of these words. */
    private List<String> completed(String shell, String... words) throws Exception {
        String script = new Commands().good("completion", shell).out()
                + "\nCOMP_WORDS=(" + String.join(" ", words) + ")\nCOMP_CWORD=" + (words.length - 1)
                + "\n_complete_holdfast\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
        Path file = Files.writeString(directory.resolve("script." + shell), script);
        Process process = new ProcessBuilder(shell, "--norc", file.toString())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return out.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.contains("compopt")) // which only a shell that completes has
                .toList();
    }

    @Test
    void aCommandLoadsNoClassOfAnother() throws Exception {
        Path classes = directory.resolve("classes");
        try (HoldfastProcess version =
                HoldfastProcess.start(Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes), "version")) {
            assertThat(version.restOfOut()).startsWith("holdfast ");
            assertThat(version.exitCode()).isZero();
        }

        String loaded = Files.readString(classes);
        assertThat(loaded)
                .contains("dev.holdfast.gateway.cli.VersionCommand ")
                .doesNotContain(
                        "dev.holdfast.gateway.cli.bench.",
                        "dev.holdfast.gateway.cli.mqtt.",
                        "dev.holdfast.gateway.cli.rest.",
                        "dev.holdfast.gateway.cli.ServeCommand ",
                        "io.netty.",
                        "com.fasterxml.");
    }
}
