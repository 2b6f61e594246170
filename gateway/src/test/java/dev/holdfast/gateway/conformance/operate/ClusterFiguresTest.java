// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Metrics that are of all gateways: each of two says the same. */
final class ClusterFiguresTest {
    private static final Duration A_WALK_AND_MORE = Duration.ofSeconds(60);

    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("api.write-token=" + ApiClient.WRITE);
        here = cluster.gateway();
        there = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void sessionsAndWhatStandsInTheirQueuesAreCountedOverBothGateways() {
        cluster.connect(here, Connect.kept("gone-1")).subscribed("news", 1).disconnect();
        cluster.connect(there, Connect.kept("gone-2")).subscribed("news", 1).disconnect();
        cluster.connect(there, Connect.kept("silent")).subscribed("news", 1);
        cluster.connect(here, Connect.connect("clean"));
        ApiClient api = new ApiClient(here, ApiClient.WRITE);
        for (int i = 0; i < 5; i++) {
            api.expect(200, "POST", "/publish", "{\"topic\":\"news\",\"qos\":1,\"payload\":\"0123456789\"}");
        }

        shown("mqtt_gateway_cluster_sessions{state=\"online\"}", 2);
        shown("mqtt_gateway_cluster_sessions{state=\"offline\"}", 2);
        shown("mqtt_gateway_cluster_queued_messages", 15);
        double bytes = new Dashboard(here).metric("mqtt_gateway_cluster_queued_bytes");
        assertThat(bytes / 15).as("a topic, a payload and little else").isBetween(14.0, 30.0);
        shown("mqtt_gateway_cluster_queued_bytes", bytes);
        assertThat(new Dashboard(there).metric("mqtt_gateway_cluster_queued_age_seconds"))
                .isPositive();

        RawClient back = cluster.connect(there, Connect.kept("gone-1"));
        for (int i = 0; i < 5; i++) {
            back.acknowledged(back.take());
        }

        shown("mqtt_gateway_cluster_queued_messages", 10);
        shown("mqtt_gateway_cluster_sessions{state=\"online\"}", 3);
        shown("mqtt_gateway_cluster_sessions{state=\"offline\"}", 1);
    }

    private static void shown(String metric, double value) {
        for (GatewayProcess each : new GatewayProcess[] {here, there}) {
            await(metric)
                    .atMost(A_WALK_AND_MORE)
                    .untilAsserted(
                            () -> assertThat(new Dashboard(each).metric(metric)).isEqualTo(value));
        }
    }
}
