// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Redis' clock is set, as by NTP or after a virtual machine was resumed. When it went forward by a minute, one of two gateways
 * was taken for dead by the other one, and closed all its connections.
 */
final class ClockStepTest {
    private int number;

    @BeforeEach
    void onlyWhereAClockCanBeSet() {
        assumeTrue(RedisProcess.canSetClock(), "libfaketime is not installed");
    }

    @Test
    void aStepInEitherDirectionCostsNobodyAConnectionOrAMessage() {
        try (Cluster cluster = Cluster.on(RedisProcess.startWithClock("--appendonly", "yes"))) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            RawClient here = cluster.connect(a, Connect.kept("here")).subscribed("t", 1);
            RawClient there = cluster.connect(b, Connect.kept("there")).subscribed("t", 2);
            RawClient clean = cluster.connect(b, Connect.connect("clean")).subscribed("t", 1);
            RawClient publisher = cluster.connect(a, Connect.connect("pub"));
            List<RawClient> all = List.of(here, there, clean);
            // They are kept for ten minutes, and it lives for ten.
            cluster.connect(a, Connect.kept("away")).subscribed("away", 1).disconnect();
            publisher.published(Publish.publish("away", "queued").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 600), 1);
            publisher.published(
                    Publish.publish("kept", "retained").qos(1).retained().with(Prop.MESSAGE_EXPIRY_INTERVAL, 600), 1);

            for (int ahead : new int[] {60, 0, 30_000_000, 86_400}) {
                cluster.redis().setClock(Duration.ofSeconds(ahead));
                exchange(publisher, all);
                untilEachLeaseHasBeenRenewedSomeTimes(cluster.redis());
                exchange(publisher, all);
            }

            all.forEach(RawClient::expectAlive);
            RawClient back = cluster.connect(b, Connect.kept("away"));
            assertThat(back.connack().isSessionPresent()).isTrue();
            assertThat(back.take().text()).isEqualTo("queued");
            GatewayProcess late = cluster.gateway();
            cluster.connect(late, Connect.kept("away")).subscribed("kept", 1).expectPublish("retained");
            for (GatewayProcess each : List.of(a, b)) {
                assertThat(new Dashboard(each).logged("taken for dead")).isZero();
                assertThat(new Dashboard(each).metric("mqtt_gateway_store_doubts_total"))
                        .isZero();
            }
        }
    }

    private void exchange(RawClient publisher, List<RawClient> all) {
        for (int i = 0; i < 10; i++) {
            String text = "m" + number++;
            publisher.published(Publish.publish("t", text).qos(1 + i % 2), 1 + i);
            all.forEach(each -> assertThat(each.take().text()).isEqualTo(text));
        }
    }

    private static void untilEachLeaseHasBeenRenewedSomeTimes(RedisProcess redis) {
        Set<String> ends = new HashSet<>();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            ends.addAll(redis.list("ZRANGE", "hf:g{g}", "0", "-1", "WITHSCORES"));
            return ends.size() > 2 + 2 * 3;
        });
    }
}
