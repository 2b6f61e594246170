// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM while clients are connected: each is told in its own language, and the process ends in time. */
final class ShutdownTest {
    private static final int SERVER_SHUTTING_DOWN = 0x8B;
    private static final int USE_ANOTHER_SERVER = 0x9C;
    private static final String ELSEWHERE = "b.example.com:1883";

    /** Ends the gateway beside the test; completes with its exit code and how long it took. */
    private static CompletableFuture<Ended> terminate(GatewayProcess gateway) {
        long start = System.nanoTime();
        return CompletableFuture.supplyAsync(
                () -> new Ended(gateway.terminate(), Duration.ofNanos(System.nanoTime() - start)));
    }

    private record Ended(int exitCode, Duration after) {}

    private static void expectEndedCleanly(CompletableFuture<Ended> ending) throws Exception {
        Ended ended = ending.get(15, TimeUnit.SECONDS);
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.after()).isLessThan(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyClientIsToldAndTheProcessEnds(boolean elsewhere) throws Exception {
        List<String> settings = elsewhere ? List.of("listeners.server-reference=" + ELSEWHERE) : List.of();
        try (GatewayProcess gateway = GatewayProcess.start(settings, List.of());
                Lab lab = new Lab(gateway)) {
            List<RawClient> clients = new ArrayList<>();
            for (Dialect dialect : Dialect.values()) {
                clients.add(lab.connect(dialect, kept(lab.id("kept" + dialect)).will(publish(lab.topic("will"), "w"))));
                clients.add(lab.connect(
                        dialect,
                        lab.anonymous().will(publish(lab.topic("will"), "w").qos(1))));
            }
            for (RawClient client : clients) {
                client.subscribed(lab.topic("#"), 1);
            }

            CompletableFuture<Ended> ending = terminate(gateway);

            for (RawClient client : clients) {
                if (client.isV5()) {
                    Packet told = client.expect(PacketType.DISCONNECT);
                    assertThat(told.reason()).isEqualTo(elsewhere ? USE_ANOTHER_SERVER : SERVER_SHUTTING_DOWN);
                    assertThat(told.properties().has(Prop.SERVER_REFERENCE)).isEqualTo(elsewhere);
                    if (elsewhere) {
                        assertThat(told.properties().text(Prop.SERVER_REFERENCE))
                                .isEqualTo(ELSEWHERE);
                    }
                }
                client.expectClosed(); // and no will before it
                if (client.channel() instanceof WebSocketChannel webSocket) {
                    assertThat(webSocket.closeCode()).isEqualTo(1001);
                }
                client.close();
            }
            expectEndedCleanly(ending);
        }
    }

    @Test
    void clientsThatDoNotListenDoNotHoldItUp() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(List.of(), List.of());
                Lab lab = new Lab(gateway)) {
            lab.open(Version.V5, ClientTransport.TCP);
            lab.open(Version.V5, ClientTransport.WEBSOCKET);
            lab.over(TcpChannel.open(gateway.wsPort()), Version.V5);
            lab.over(TcpChannel.open(gateway.tcpPort(), 4_096), Version.V5)
                    .connected(lab.anonymous())
                    .subscribed(lab.topic("flood"), 0);
            RawClient publisher = lab.connect(Version.V5);
            for (int i = 0; i < 1_000; i++) {
                publisher.send(publish(lab.topic("flood"), new byte[8_000]));
            }
            publisher.expectAlive();

            CompletableFuture<Ended> ending = terminate(gateway);

            publisher.expectDisconnected(SERVER_SHUTTING_DOWN);
            expectEndedCleanly(ending);
        }
    }
}
