// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Gateways that share their clients out by themselves. */
final class AutomaticRebalanceTest {
    private static final int EACH = 9;
    private static final int PER_SECOND = 5;
    private static final String MOVED = "mqtt_gateway_disconnects_total{by=\"server\",reason=\"server_moved\"}";

    @Test
    void aGatewayThatComesBackGetsItsShareAtTheRateAndThenNobodyIsMoved() throws Exception {
        ExecutorService waiting = Executors.newCachedThreadPool();
        AtomicBoolean isOver = new AtomicBoolean();
        try (Cluster cluster = Cluster.start(
                "rebalance.automatic=true", "rebalance.interval=1s", "rebalance.rate=" + PER_SECOND + "/s")) {
            List<GatewayProcess> full = List.of(cluster.gateway(), cluster.gateway());
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 2 * EACH; i++) {
                Version version = i % 4 < 2 ? Version.V5 : Version.V3_1_1;
                clients.add(cluster.open(full.get(i % 2), version).connected(Connect.kept("moved-" + i)));
            }
            long begun = System.nanoTime();
            GatewayProcess back = cluster.gateway();
            for (int i = 0; i < clients.size(); i++) {
                int number = i;
                waiting.execute(() -> comesTo(back, cluster, clients.get(number), number, isOver));
            }

            // The share is six each, of 18 clients of three gateways.
            await().atMost(Duration.ofSeconds(60)).until(() -> online(back) >= 5);

            double seconds = (System.nanoTime() - begun) / 1e9;
            double moved = moved(full);
            assertThat(moved).isBetween(5.0, 6.0).isLessThanOrEqualTo(full.size() * PER_SECOND * seconds + 1);
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> moved(full) <= 6 && online(back) <= 6);
            assertThat(new Dashboard(back).metric(MOVED)).isZero();
            isOver.set(true);
        } finally {
            waiting.shutdownNow();
        }
    }

    /** As a client behind a balancer that chooses the gateway with the fewest connections. */
    private static void comesTo(
            GatewayProcess gateway, Cluster cluster, RawClient client, int number, AtomicBoolean isOver) {
        client.awaitClosed(90_000);
        if (isOver.get()) {
            return;
        }
        cluster.open(gateway, client.version()).connected(Connect.kept("moved-" + number));
    }

    private static double moved(List<GatewayProcess> gateways) {
        return gateways.stream()
                .mapToDouble(each -> new Dashboard(each).metric(MOVED))
                .sum();
    }

    private static double online(GatewayProcess gateway) {
        return new Dashboard(gateway).metric("mqtt_gateway_sessions{state=\"online\"}");
    }
}
