// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mosquitto at the edge that is a bridge to the gateway, with the settings that it has by itself. */
final class MosquittoBridgeTest {
    private static final Path MOSQUITTO = Path.of("/usr/sbin/mosquitto");
    private static final String STATE = "$SYS/broker/connection/#";

    @TempDir
    private Path directory;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @BeforeEach
    void mosquittoIsThere() {
        assumeTrue(Files.isExecutable(MOSQUITTO), "no mosquitto here");
    }

    @AfterEach
    void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqttv31", "mqttv311", "mqttv50"})
    void bridgeOfEveryVersionComesInAtItsFirstAttemptAndCarriesBothWaysWithoutAnEcho(String version) throws Exception {
        InProcessGateway gateway = track(InProcessGateway.start(List.of()));
        RawClient watcher = client(gateway.tcpPort()).subscribed(STATE, 1);
        int edgePort = freePort();
        start(edgePort, gateway.tcpPort(), version);

        Packet state = watcher.take();
        assertThat(state.topic()).endsWith(".edge/state");
        assertThat(state.text()).isEqualTo("1");
        assertThat(gateway.metric("mqtt_gateway_connects_total{result=\"accepted\"}"))
                .isEqualTo(2);
        assertThat(gateway.metric("mqtt_gateway_connects_total{result=\"unsupported_protocol_version\"}"))
                .isZero();
        RawClient here = client(gateway.tcpPort()).subscribed("both/#", 1).subscribed("up/#", 1);
        RawClient edge = client(edgePort).subscribed("both/#", 1).subscribed("down/#", 1);

        edge.published(publish("up/a", "from the edge").qos(1), 1);
        assertThat(here.take().text()).isEqualTo("from the edge");
        here.published(publish("down/a", "to the edge").qos(1), 1);
        assertThat(edge.take().text()).isEqualTo("to the edge");
        edge.published(publish("both/a", "out").qos(1), 2);
        here.published(publish("both/a", "back").qos(1).retained(), 2);

        assertThat(List.of(here.take().text(), here.take().text())).containsExactlyInAnyOrder("out", "back");
        assertThat(List.of(edge.take().text(), edge.take().text())).containsExactlyInAnyOrder("out", "back");
        // What follows on both ways comes behind any echo.
        here.published(publish("both/b", "last of here").qos(1), 3);
        assertThat(edge.take().text()).isEqualTo("last of here");
        assertThat(here.take().text()).isEqualTo("last of here");
        edge.published(publish("both/b", "last of the edge").qos(1), 3);
        assertThat(here.take().text()).isEqualTo("last of the edge");
        assertThat(edge.take().text()).isEqualTo("last of the edge");
        RawClient late = client(edgePort).subscribed("both/a", 1);
        Packet kept = late.take();
        assertThat(kept.text()).as("retained as it was published").isEqualTo("back");
        assertThat(kept.isRetain()).isTrue();
    }

    @Test
    void messagesOfBothSidesOutliveARestartOfEither() throws Exception {
        InProcessGateway gateway = InProcessGateway.start(List.of());
        int port = gateway.tcpPort();
        int edgePort = freePort();
        try {
            RawClient watcher = client(port).subscribed(STATE, 1);
            RawClient here = client(port).subscribed("up/#", 1);
            Process edge = start(edgePort, port, "mqttv311");
            reader(edgePort).subscribed("down/#", 1).disconnect();
            client(edgePort)
                    .published(publish("up/a", "the bridge has subscribed").qos(1), 1);
            assertThat(here.take().text()).isEqualTo("the bridge has subscribed");
            assertThat(watcher.take().text()).isEqualTo("1");

            edge.destroy();
            edge.waitFor();
            here.published(publish("down/while", "edge was away").qos(1), 1);
            Process again = start(edgePort, port, "mqttv311");

            assertThat(reader(edgePort).take().text()).isEqualTo("edge was away");
            again.destroyForcibly().waitFor();
            Packet state = watcher.take();
            while (!state.text().equals("0")) {
                state = watcher.take();
            }
            assertThat(state.isRetain()).as("live").isFalse();
            start(edgePort, port, "mqttv311");
        } finally {
            gateway.close();
        }

        client(edgePort)
                .published(publish("up/while", "gateway was away").qos(1).retained(), 1);
        track(InProcessGateway.start(List.of("listeners.tcp-port=" + port)));

        assertThat(client(port).subscribed("up/#", 1).take().text()).isEqualTo("gateway was away");
    }

    @Test
    void bridgeWhoseStateMayNotBePublishedComesInAllTheSame() throws Exception {
        GatewayProcess gateway = track(GatewayProcess.start(List.of("auth.anonymous-bridge-states=false"), List.of()));
        RawClient here = client(gateway.tcpPort()).subscribed("up/#", 1).subscribed(STATE, 1);
        int edgePort = freePort();
        start(edgePort, gateway.tcpPort(), "mqttv311");

        client(edgePort).published(publish("up/a", "through").qos(1), 1);

        assertThat(here.take().text()).isEqualTo("through");
        here.expectAlive();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> gateway.hasLogged("will may not be published", ".edge/state"));
    }

    /** Returns when its own port accepts connections. */
    private Process start(int port, int gatewayPort, String version) throws IOException {
        Path config = Files.writeString(directory.resolve("mosquitto.conf"), """
                user %s
                listener %d 127.0.0.1
                allow_anonymous true
                persistence true
                persistence_location %s/
                connection edge
                address 127.0.0.1:%d
                topic up/# out 1
                topic down/# in 1
                topic both/# both 1
                cleansession false
                bridge_protocol_version %s
                restart_timeout 1
                """.formatted(
                        System.getProperty("user.name"), port, directory, gatewayPort, version));
        Process process = new ProcessBuilder(MOSQUITTO.toString(), "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("mosquitto.log").toFile())
                .start();
        opened.push(() -> process.destroyForcibly().waitFor());
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            TcpChannel.open(port).close();
            return true;
        });
        return process;
    }

    /** A client of the edge whose session is kept there. */
    private RawClient reader(int port) {
        return track(new RawClient(TcpChannel.open(port), Version.V3_1_1)).connected(Connect.kept("reader"));
    }

    private RawClient client(int port) {
        RawClient client = track(new RawClient(TcpChannel.open(port), Version.V3_1_1));
        return client.connected(Connect.connect("c" + opened.size() + "-" + System.nanoTime()));
    }

    private <T extends AutoCloseable> T track(T opening) {
        opened.push(opening);
        return opening;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
