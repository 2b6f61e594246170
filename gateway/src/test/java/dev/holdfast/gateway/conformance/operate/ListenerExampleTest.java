// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener that the documents show, compiled as it stands there, is found by the real program and hears. */
final class ListenerExampleTest {
    private static final Pattern JAVA = Pattern.compile(
            "```java\n(.*?public final class (\\w+) implements LifecycleListener.*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    @Test
    void theListenerOfTheReadmeWritesDownWhatBecomesOfAClient() throws Exception {
        Matcher example = JAVA.matcher(Files.readString(Path.of("docs", "events.md")));
        assertThat(example.find()).isTrue();
        String name = example.group(2);
        compile(name, example.group(1));
        Path file = directory.resolve("presence.log");

        try (GatewayProcess gateway =
                GatewayProcess.start(List.of(), List.of("-Dpresence.file=" + file), List.of(directory.toString()))) {
            new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5)
                    .connected(Connect.kept("phone"))
                    .disconnect();

            await().until(() -> Files.exists(file) && Files.readAllLines(file).size() >= 2);
        }

        assertThat(Files.readAllLines(file))
                .satisfiesExactly(
                        online -> assertThat(online).contains("phone online 127.0.0.1:"),
                        offline -> assertThat(offline).contains("phone offline normal"));
    }

    @Test
    void aListenerThatCannotBeMadeKeepsTheGatewayFromStarting() throws Exception {
        service("example.Missing");

        assertThat(refusal()).contains("a listener of lifecycle events cannot be made");
    }

    private String refusal() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(HoldfastProcess.command(
                        List.of(),
                        System.getProperty("java.class.path") + File.pathSeparator + directory,
                        List.of("serve", "--dev", "--tcp-port=0", "--ws-port=0", "--admin-port=0")))
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isNotZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    private void compile(String name, String text) throws IOException {
        Path source = Files.writeString(directory.resolve(name + ".java"), text);
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-d",
                        directory.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString());
        assertThat(result).isZero();
        service(name);
    }

    private void service(String name) throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF").resolve("services"));
        Files.writeString(services.resolve("dev.holdfast.gateway.hooks.LifecycleListener"), name + "\n");
    }
}
