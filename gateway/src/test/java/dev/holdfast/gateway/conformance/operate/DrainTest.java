// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A gateway that is emptied: balancers notice first, then its clients leave one after the other. */
final class DrainTest {
    private static final int SERVER_SHUTTING_DOWN = 0x8B;

    private static List<RawClient> clients(Lab lab, int count) {
        List<RawClient> clients = new ArrayList<>();
        List<Dialect> dialects = List.of(Dialect.values());
        for (int i = 0; i < count; i++) {
            clients.add(lab.connect(dialects.get(i % dialects.size()), kept(lab.id("c" + i))));
        }
        return clients;
    }

    @Test
    void itIsNotReadyFirstAndTakesClientsUntilTheNoticeIsOver() throws Exception {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("drain.notice=3s"));
                Lab lab = new Lab(gateway)) {
            Dashboard dashboard = new Dashboard(gateway);
            RawClient early = lab.connect(Version.V5);
            RawClient stranger = lab.open(Version.V5, ClientTransport.TCP);
            RawClient webStranger = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET);

            CompletableFuture<Void> drained = gateway.drain().toCompletableFuture();

            assertThat(dashboard.readiness()).contains("\"ready\":false").contains("draining");
            RawClient late = lab.connect(Version.V5);
            early.expectDisconnected(SERVER_SHUTTING_DOWN);
            late.expectDisconnected(SERVER_SHUTTING_DOWN);
            drained.get(10, TimeUnit.SECONDS);
            assertThatThrownBy(() -> TcpChannel.open(gateway.tcpPort())).isInstanceOf(RuntimeException.class);
            assertThatThrownBy(() -> TcpChannel.open(gateway.wsPort())).isInstanceOf(RuntimeException.class);
            // MQTT.js does not come back after a refusal in CONNACK.
            stranger.send(connect(lab.id("stranger"))).expectClosed();
            webStranger.send(connect(lab.id("web"))).expectClosed();
            assertThat(webStranger.webSocket().closeCode()).isEqualTo(1001);
            assertThat(dashboard.metric("mqtt_gateway_rate_limited_total")).isEqualTo(2);
            assertThat(dashboard.metric("mqtt_gateway_connections")).isZero();
        }
    }

    @Test
    void clientsLeaveOneAfterTheOtherAtTheChosenRate() throws Exception {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("drain.rate=10/s"));
                Lab lab = new Lab(gateway)) {
            List<RawClient> clients = clients(lab, 12);
            long start = System.nanoTime();
            List<CompletableFuture<Long>> ends = clients.stream()
                    .map(client -> CompletableFuture.supplyAsync(
                            () -> {
                                client.expectDisconnected(SERVER_SHUTTING_DOWN);
                                return System.nanoTime() - start;
                            },
                            task -> new Thread(task).start()))
                    .toList();

            gateway.drain().toCompletableFuture().get(20, TimeUnit.SECONDS);

            List<Duration> after = new ArrayList<>();
            for (CompletableFuture<Long> end : ends) {
                after.add(Duration.ofNanos(end.get(10, TimeUnit.SECONDS)));
            }
            assertThat(after).as("the last one").anyMatch(each -> each.toMillis() >= 1_100);
            assertThat(after)
                    .as("in the first half second")
                    .filteredOn(each -> each.toMillis() < 500)
                    .hasSizeLessThan(7);
            for (RawClient client : clients) {
                if (client.channel() instanceof WebSocketChannel webSocket) {
                    assertThat(webSocket.closeCode()).isEqualTo(1001);
                }
            }
        }
    }

    @Test
    void whatAStandstillHasHeldUpIsNotMadeUpForAtOnce() throws Exception {
        try (GatewayProcess gateway =
                GatewayProcess.start(List.of("drain.rate=20/s", "drain.timeout=30s", "drain.notice=0s"), List.of())) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                clients.add(
                        new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5).connected(kept("still-" + i)));
            }
            AtomicInteger gone = new AtomicInteger();
            for (RawClient client : clients) {
                new Thread(() -> {
                            client.expectDisconnected(SERVER_SHUTTING_DOWN);
                            gone.incrementAndGet();
                        })
                        .start();
            }
            CompletableFuture<Integer> ended = gateway.signalled("-TERM");
            await().until(() -> gone.get() >= 3);

            gateway.pause();
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            int before = gone.get();
            long begun = System.nanoTime();
            gateway.resume();
            await().until(() -> gone.get() > before);
            await().pollDelay(Duration.ofMillis(500)).until(() -> true);

            int since = gone.get() - before;
            double seconds = (System.nanoTime() - begun) / 1e9;
            assertThat(since).as("in %s s, of 60 that were due", seconds).isLessThan((int) (20 * seconds) + 10);
            assertThat(ended.get(60, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void whereTheTimeWouldNotSufficeTheyGoFaster() throws Exception {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("drain.rate=1/min", "drain.timeout=1s"));
                Lab lab = new Lab(gateway)) {
            List<RawClient> clients = clients(lab, 6);

            gateway.drain().toCompletableFuture().get(20, TimeUnit.SECONDS);

            clients.forEach(client -> client.expectDisconnected(SERVER_SHUTTING_DOWN));
        }
    }

    @Test
    void whenNobodyIsConnectedItTakesNoTime() throws Exception {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("drain.notice=40s"));
                Lab lab = new Lab(gateway)) {
            lab.connect(Version.V5).disconnect();

            gateway.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSecondSigtermLeavesNow() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(List.of("drain.notice=10m"), List.of());
                Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5);
            CompletableFuture<Integer> ended = gateway.signalled("-TERM");
            Dashboard dashboard = new Dashboard(gateway);
            await().until(() -> !dashboard.seesReady());
            client.expectAlive();

            gateway.signalled("-TERM");

            assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo(128 + 15);
        }
    }
}
