// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT.js over WebSocket, in Node: its modules are installed under target and never in the source tree. */
@OnGateway
public final class MqttJsTest {
    private static final Path SOURCES = Path.of("src", "test", "js");
    private static final Path INSTALLED = Path.of("target", "mqttjs");

    @Test
    void mqttJsPublishesSubscribesAndResumesInEveryVersion(Lab lab) throws Exception {
        install();

        String output =
                run(60, "node", "mqttjs.js", "ws://127.0.0.1:" + lab.gateway().wsPort() + "/mqtt", lab.id("js"));

        assertThat(output).endsWith("ok\n");
    }

    /** The module {@code ws} offers permessage-deflate, and compresses what has a kilobyte or more. */
    @Test
    void mqttJsSendsAndGetsCompressedMessages() throws Exception {
        install();
        try (InProcessGateway gateway = InProcessGateway.start(List.of("websocket.compression=true"))) {
            String output =
                    run(60, "node", "mqttjs-deflate.js", "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt", "js/a");

            assertThat(output).endsWith("ok\n");
        }
    }

    /** 30 of the 700 were thrown away with its goodbye, and its will was published. */
    @ParameterizedTest
    @ValueSource(strings = {"ws", "mqtt"})
    void mqttJsThatPublishesFasterThanTheRateAndEndsLosesNothing(String scheme) throws Exception {
        install();
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.message-rate=500/s"));
                Lab lab = new Lab(gateway)) {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            String url = scheme.equals("ws")
                    ? "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt"
                    : "mqtt://127.0.0.1:" + gateway.tcpPort();

            run(60, "node", "mqttjs-burst.js", url, lab.id("js"), lab.topic("a"), "700");

            assertThat(watcher.expectPublishes(700))
                    .containsExactly(
                            IntStream.range(0, 700).mapToObj(String::valueOf).toArray(String[]::new));
            lab.connect(Version.V5).published(publish(lab.topic("a"), "end").qos(1), 1);
            watcher.expectPublish("end");
        }
    }

    /** It does not heed Maximum Packet Size: it sent such a message again each second for ever, and none behind it ever came. */
    @ParameterizedTest
    @CsvSource({"5, 300000, 151", "5, 1500000, 151", "4, 300000, success"})
    void mqttJsGetsPastAMessageThatIsTooLarge(int version, int bytes, String told) throws Exception {
        install();
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.acknowledge-oversize-v3=true"));
                Lab lab = new Lab(gateway)) {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);

            String output = run(
                    60,
                    "node",
                    "mqttjs-oversize.js",
                    "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt",
                    lab.id("js"),
                    lab.topic("a"),
                    String.valueOf(version),
                    String.valueOf(bytes));

            assertThat(output).isEqualTo("told " + told + ", 1 connects\n");
            watcher.expectPublish("behind");
        }
    }

    /** With these rates, which are the defaults, 44 to 47 of 100 behind one address never came back after a restart. */
    @Test
    void aCrowdBehindOneAddressWaitsItsTurnAndNobodyIsRefused() throws Exception {
        install();
        try (InProcessGateway gateway = InProcessGateway.start(
                List.of("limits.connect-rate=200/s", "limits.connect-rate-per-address=20/s burst 50"))) {
            String output = run(
                    90,
                    "node",
                    "mqttjs-crowd.js",
                    "90",
                    "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt",
                    "mqtt://127.0.0.1:" + gateway.tcpPort());

            assertThat(output).isEmpty();
            assertThat(gateway.metric("mqtt_gateway_rate_limited_total{kind=\"connect_rate_per_address\"}"))
                    .isPositive();
        }
    }

    /** From 5.16.0 on MQTT.js takes any refused CONNACK for good, 5.15.0 tries again after it. */
    @Test
    void whoComesWhileTheGatewayIsFullComesBackUntilThereIsRoom() throws Exception {
        install();
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.max-connections=8"));
                Lab lab = new Lab(gateway)) {
            List<RawClient> guests =
                    IntStream.range(0, 8).mapToObj(i -> lab.connect(Version.V5)).toList();
            Thread leaving = new Thread(() -> {
                await().until(() -> gateway.metric("mqtt_gateway_rate_limited_total{kind=\"max_connections\"}") >= 8);
                guests.forEach(RawClient::disconnect);
            });
            leaving.start();

            String output = run(
                    90,
                    "node",
                    "mqttjs-crowd.js",
                    "8",
                    "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt",
                    "mqtt://127.0.0.1:" + gateway.tcpPort());

            leaving.join();
            assertThat(output.lines()).hasSizeGreaterThanOrEqualTo(8).containsOnly("tries again");
        }
    }

    /** Installs MQTT.js and the programs that use it, once, and answers where. */
    public static Path install() throws IOException, InterruptedException {
        Files.createDirectories(INSTALLED);
        boolean same = Files.exists(INSTALLED.resolve("node_modules/mqtt/package.json"))
                && Files.mismatch(SOURCES.resolve("package-lock.json"), INSTALLED.resolve("package-lock.json")) < 0;
        for (String file : List.of(
                "package.json",
                "package-lock.json",
                "mqttjs.js",
                "mqttjs-burst.js",
                "mqttjs-comeback.js",
                "mqttjs-crowd.js",
                "mqttjs-deflate.js",
                "mqttjs-kept.js",
                "mqttjs-oversize.js",
                "mqttjs-many.js",
                "mqttjs-rolling.js",
                "mqttjs-token.js")) {
            Files.copy(SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!same) {
            run(180, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
        }
        return INSTALLED;
    }

    public static String run(int seconds, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(INSTALLED, command[0] + "-", ".log");
        Process process = new ProcessBuilder(command)
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
            String output = Files.readString(log);
            assertThat(ended && process.exitValue() == 0)
                    .as("%s: %s", String.join(" ", command), output)
                    .isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
