// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.gateway.conformance.clients.MqttJsTest;
import dev.holdfast.gateway.fault.rig.ThreeGateways;
import dev.holdfast.gateway.fault.rig.ThreeGateways.Gateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The documented way to three gateways on one machine, and what it is for: a client of the public is killed, its gateway
 * is killed, and at another gateway it finds all that was sent meanwhile, in order.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ThreeGatewaysTest {
    private static final List<String> SENT =
            IntStream.rangeClosed(1, 200).mapToObj(i -> "m" + i).toList();
    private static final Path OUTPUT = Path.of("target", "three-gateways");

    private static ThreeGateways all;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(OUTPUT);
        all = ThreeGateways.start();
    }

    @AfterAll
    static void stop() throws InterruptedException {
        all.close();
    }

    @Test
    @Order(1)
    void mosquittoSubFindsAllThatWasSentWhileItAndItsGatewayWereDead() throws Exception {
        assumeTrue(isInstalled("mosquitto_sub") && isInstalled("stdbuf"), "mosquitto_sub is not installed");
        Gateway first = all.gateways().get(0);
        Gateway third = all.gateways().get(2);
        List<String> subscribe =
                List.of("stdbuf", "-oL", "mosquitto_sub", "-c", "-i", "phone", "-q", "1", "-t", "demo/#", "-p");

        killed("mosquitto", with(subscribe, Integer.toString(first.tcpPort()), "-d"), "Subscribed");
        publish(1, SENT);
        first.kill();
        List<String> received =
                ended("mosquitto-again", with(subscribe, Integer.toString(third.tcpPort()), "-C", "200", "-W", "30"));

        assertThat(received).isEqualTo(SENT);
    }

    @Test
    @Order(2)
    void mqttJsFindsAllThatWasSentWhileItAndItsGatewayWereDead() throws Exception {
        Path modules = MqttJsTest.install();
        String program = modules.resolve("mqttjs-kept.js").toString();
        Gateway second = all.gateways().get(1);
        Gateway third = all.gateways().get(2);

        killed("mqttjs", List.of("node", program, second.webSocketUrl(), "browser", "demo/#", "0"), "subscribed");
        publish(2, SENT);
        second.kill();
        List<String> received =
                ended("mqttjs-again", List.of("node", program, third.webSocketUrl(), "browser", "demo/#", "200"));

        assertThat(received).isEqualTo(SENT);
    }

    @Test
    @Order(3)
    void atTermAllThatItStartedEndsAndAGatewayThatWasKilledIsNoObstacle() throws Exception {
        all.gateways().get(1).kill();
        assertThat(all.living()).isNotEmpty();

        int status = all.terminate();

        assertThat(status).isEqualTo(128 + 15);
        assertThat(all.living()).isEmpty();
    }

    /** Runs a client until it has printed a word, and kills it then. */
    private static void killed(String name, List<String> command, String word) throws IOException {
        Path output = OUTPUT.resolve(name);
        Process client = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> Files.readString(output).contains(word));
        } finally {
            client.destroyForcibly().onExit().join();
        }
    }

    /** Runs a client to its own end, and gives the lines that it has printed. */
    private static List<String> ended(String name, List<String> command) throws IOException, InterruptedException {
        Path output = OUTPUT.resolve(name);
        Process client = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(client.waitFor(40, TimeUnit.SECONDS)).isTrue();
            assertThat(client.exitValue()).as("%s", Files.readAllLines(output)).isZero();
            return Files.readAllLines(output);
        } finally {
            client.destroyForcibly();
        }
    }

    private static void publish(int gateway, List<String> texts) {
        try (RawClient publisher =
                new RawClient(TcpChannel.open(all.gateways().get(gateway).tcpPort()), Version.V5)) {
            publisher.connected(Connect.connect("publisher"));
            for (String text : texts) {
                publisher.published(Publish.publish("demo/t", text).qos(1), 1);
            }
        }
    }

    private static List<String> with(List<String> command, String... more) {
        return IntStream.range(0, command.size() + more.length)
                .mapToObj(i -> i < command.size() ? command.get(i) : more[i - command.size()])
                .toList();
    }

    private static boolean isInstalled(String program) {
        return List.of(System.getenv("PATH").split(":", -1)).stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
