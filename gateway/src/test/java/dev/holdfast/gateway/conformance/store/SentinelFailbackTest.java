// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.redis.RedisSentinel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real Sentinel: a planned failover, and some seconds later the new master dies, so that another takes over, which may be the first
 * one. Of 1,136 messages that had been acknowledged 650 were lost.
 */
@Tag("long")
final class SentinelFailbackTest {
    private static final int COUNT = 200;

    @Test
    void whatIsAcknowledgedAfterTheLastFailoverArrives() {
        RedisSentinel sentinel = RedisSentinel.start();
        try (Cluster cluster = Cluster.on(sentinel)) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            RawClient once = cluster.connect(a, Connect.kept("once")).subscribed("t", 1);
            RawClient twice = cluster.connect(b, Connect.kept("twice")).subscribed("t", 2);
            cluster.connect(b, Connect.kept("away")).subscribed("t", 1).disconnect();
            RawClient publisher = cluster.connect(b, Connect.connect("pub"));
            publish(publisher, "before");

            sentinel.failOver();
            publish(publisher, "between");
            sentinel.killMaster();
            // The replica may lack the last of what the dead master had acknowledged; from here on nothing is.
            untilReady(a, b);
            publish(publisher, "after");

            RawClient away = cluster.connect(a, Connect.kept("away"));
            for (RawClient each : List.of(once, twice, away)) {
                assertThat(take(each)).isEqualTo(texts());
                each.expectAlive();
            }
        }
    }

    private static void publish(RawClient publisher, String word) {
        for (int i = 0; i < COUNT; i++) {
            publisher.published(Publish.publish("t", word + i).qos(1 + i % 2), 1 + i);
        }
    }

    /** What comes of the last ones, in their order, until all have come; what comes again is left out. */
    private static List<String> take(RawClient client) {
        List<String> after = new ArrayList<>();
        while (after.size() < COUNT) {
            Packet next = client.take();
            if (next.text().startsWith("after") && !next.isDup()) {
                after.add(next.text());
            }
        }
        return after;
    }

    private static List<String> texts() {
        return IntStream.range(0, COUNT).mapToObj(i -> "after" + i).toList();
    }

    private static void untilReady(GatewayProcess... gateways) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> Stream.of(gateways).allMatch(each -> new Dashboard(each).seesReady()));
    }
}
