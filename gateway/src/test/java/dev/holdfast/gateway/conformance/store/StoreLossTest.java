// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSentinel;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Redis loses everything, or its last writes, under live connections: whoever asks is told what is so. */
final class StoreLossTest {
    private static final int SESSION_LOST = 0x83;

    @Test
    void aFlushClosesWhoseSessionIsGoneAndKeepsTheCleanOnes() {
        try (Cluster cluster = Cluster.start()) {
            losesEverything(cluster, () -> cluster.redis().command("FLUSHALL"));
        }
    }

    @Test
    void aRestartWithoutPersistenceClosesWhoseSessionIsGoneAndKeepsTheCleanOnes() {
        try (Cluster cluster = Cluster.on(RedisProcess.start())) {
            losesEverything(cluster, () -> {
                cluster.redis().kill();
                cluster.redis().restart();
            });
        }
    }

    private static void losesEverything(Cluster cluster, Runnable loss) {
        GatewayProcess a = cluster.gateway();
        GatewayProcess b = cluster.gateway();
        RawClient publisher = cluster.connect(b, Connect.connect("pub"));
        RawClient clean = cluster.connect(a, Connect.connect("clean")).subscribed("t/#", 1);
        RawClient idle = cluster.connect(a, Connect.kept("idle")).subscribed("idle", 1);
        RawClient kept = cluster.connect(a, Connect.kept("kept")).subscribed("t/#", 1);
        cluster.connect(a, Connect.kept("away")).subscribed("t/#", 1).disconnect();
        publisher.published(Publish.publish("t/r", "kept and lost").qos(1).retained(), 1);
        assertThat(clean.take().text()).isEqualTo("kept and lost");
        assertThat(kept.take().text()).isEqualTo("kept and lost");

        loss.run();

        kept.expectDisconnected(SESSION_LOST);
        idle.expectDisconnected(SESSION_LOST);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> new Dashboard(a).seesReady() && new Dashboard(b).seesReady());
        for (String id : List.of("kept", "idle", "away")) {
            RawClient back = cluster.connect(b, Connect.kept(id));
            assertThat(back.connack().isSessionPresent()).as(id).isFalse();
            back.expectAlive();
        }
        for (int i = 0; i < 20; i++) {
            publisher.published(Publish.publish("t/" + i, "m" + i).qos(1), 10 + i);
            assertThat(clean.take().text()).isEqualTo("m" + i);
        }
        clean.subscribed("t/r", 1).expectAlive();
        cluster.connect(b, Connect.connect("clean"));
        clean.expectDisconnected(0x8E);
        assertThat(new Dashboard(a).metric("mqtt_gateway_sessions_lost_total")).isEqualTo(2);
        assertThat(new Dashboard(a).metric("mqtt_gateway_store_doubts_total")).isBetween(1.0, 2.0);
        assertThat(new Dashboard(a).logged("WARN")).isBetween(1L, 3L);
    }

    @Test
    void aFailoverThatLosesTheLastWritesLosesNothingNewAndKeepsLiveConnections() {
        RedisSentinel sentinel = RedisSentinel.start();
        try (Cluster cluster = Cluster.on(sentinel)) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            RawClient publisher = cluster.connect(b, Connect.connect("pub"));
            RawClient subscriber = cluster.connect(a, Connect.kept("sub")).subscribed("t", 1);
            RawClient twice = cluster.connect(a, Connect.kept("twice")).subscribed("t", 2);
            publisher.published(Publish.publish("t", "before").qos(2), 1);
            List.of(subscriber, twice)
                    .forEach(each -> assertThat(each.take().text()).isEqualTo("before"));
            assertThat(sentinel.master().command("WAIT", "2", "2000")).isEqualTo("2");

            sentinel.loseTail(() -> {
                subscriber.subscribed("extra", 1);
                for (int i = 0; i < 5; i++) {
                    publisher.published(
                            Publish.publish("t", "lost from Redis " + i).qos(2), 2 + i);
                    assertThat(subscriber.take().text()).isEqualTo("lost from Redis " + i);
                    assertThat(twice.take().text()).isEqualTo("lost from Redis " + i);
                }
            });
            // Published through a gateway that may have met the new master before the owner has.
            IntStream.range(0, 10)
                    .forEach(i ->
                            publisher.send(Publish.publish("t", "m" + i).qos(1).packetId(20 + i)));

            await().atMost(Duration.ofSeconds(60))
                    .until(() -> new Dashboard(a).seesReady() && new Dashboard(b).seesReady());

            for (int i = 0; i < 10; i++) {
                assertThat(subscriber.take().text()).isEqualTo("m" + i);
                assertThat(twice.take().text()).isEqualTo("m" + i);
                publisher.expectAck(PacketType.PUBACK, 20 + i);
            }
            subscriber.expectAlive();
            twice.expectAlive();
            RawClient moved = cluster.connect(b, Connect.kept("sub"));
            subscriber.expectDisconnected(0x8E);
            publisher.published(Publish.publish("extra", "still subscribed").qos(1), 40);
            assertThat(moved.connack().isSessionPresent()).isTrue();
            Packet next = moved.take();
            while (next.isDup()) { // acknowledged at the other gateway in the moment of the takeover
                next = moved.take();
            }
            assertThat(next.text()).isEqualTo("still subscribed");
            moved.expectAlive();
            assertThat(new Dashboard(a).metric("mqtt_gateway_sessions_lost_total"))
                    .isZero();
            assertThat(new Dashboard(a).metric("mqtt_gateway_store_doubts_total"))
                    .isEqualTo(1);
        }
    }
}
