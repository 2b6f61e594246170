// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gateways die and Redis fails while clients publish and subscribe: nothing acknowledged is lost. */
final class ClusterFaultTest {
    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = Cluster.start("session.max-queue-messages=200000", "session.max-queue-bytes=256MiB");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aGatewayKilledAndStartedAgainFindsSessionAndQueueInOrder() {
        GatewayProcess first = cluster.gateway();
        cluster.connect(first, Connect.kept("sub")).subscribed("kill/#", 1).disconnect();
        RawClient publisher = cluster.connect(first, Connect.connect("pub"));
        for (int i = 0; i < 100; i++) {
            publisher.published(Publish.publish("kill/t", "m" + i).qos(1), i + 1);
        }
        first.kill();

        GatewayProcess second = cluster.gateway();
        RawClient again = cluster.connect(second, Connect.kept("pub-2"));
        again.published(Publish.publish("kill/t", "m100").qos(1), 1);
        RawClient subscriber = cluster.connect(second, Connect.kept("sub"));

        assertThat(subscriber.connack().isSessionPresent()).isTrue();
        for (int i = 0; i <= 100; i++) {
            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
    }

    @Test
    void theWillsOfADeadGatewayArePublishedOnceWithinTenSeconds() {
        GatewayProcess dying = cluster.gateway();
        GatewayProcess living = cluster.gateway();
        RawClient watcher = cluster.connect(living, Connect.kept("watcher")).subscribed("will/#", 1);
        for (int i = 0; i < 5; i++) {
            cluster.connect(
                    dying,
                    Connect.kept("w" + i)
                            .will(Publish.publish("will/" + i, "gone " + i).qos(1)));
        }
        for (int i = 5; i < 8; i++) {
            cluster.connect(
                    dying,
                    Connect.connect("w" + i)
                            .will(Publish.publish("will/" + i, "gone " + i).qos(1)));
        }

        long killedAt = System.nanoTime();
        dying.kill();
        List<String> wills = new ArrayList<>();
        await().atMost(Duration.ofSeconds(15)).until(() -> {
            watcher.send(Packets.PINGREQ);
            for (Packet next = watcher.expectAny(); next.type() == PacketType.PUBLISH; next = watcher.expectAny()) {
                wills.add(next.text());
                watcher.send(Packets.ack(PacketType.PUBACK, next.packetId()));
            }
            return wills.size() >= 8;
        });

        assertThat(Duration.ofNanos(System.nanoTime() - killedAt)).isLessThan(Duration.ofSeconds(10));
        assertThat(wills).doesNotHaveDuplicates().hasSize(8);
    }

    @Test
    void whileRedisIsAwayLiveConnectionsStayAndNobodyIsToldThatItHasNoSession() {
        GatewayProcess gateway = cluster.gateway();
        cluster.connect(gateway, Connect.kept("away")).subscribed("away/#", 1).disconnect();
        RawClient clean = cluster.connect(gateway, Connect.connect("clean")).subscribed("clean/#", 0);

        cluster.redis().kill();

        clean.send(Publish.publish("clean/t", "local")).expectPublish("local");
        cluster.open(gateway).send(Connect.kept("away")).expectRefused(0x03, 0x88);
        cluster.redis().restart();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            RawClient again = cluster.open(gateway).send(Connect.kept("away"));
            Packet answer = again.expect(PacketType.CONNACK);
            if (answer.reason() != 0) {
                return false;
            }
            assertThat(answer.isSessionPresent()).isTrue();
            return true;
        });
        clean.send(Publish.publish("clean/t", "still")).expectPublish("still");
    }
}
