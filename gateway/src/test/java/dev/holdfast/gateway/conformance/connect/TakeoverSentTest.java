// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Deployment;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * After a takeover what the displaced connection has sent comes with DUP, and nothing else does [MQTT-3.3.1-1]. Everything
 * that was queued counted as sent: it came with DUP, did not expire, and in a full queue the newest gave way.
 */
final class TakeoverSentTest {
    private static final int QUEUE = 20;
    private static final Map<Deployment, Deployment.Gateways> GATEWAYS = new EnumMap<>(Deployment.class);

    private static Deployment.Gateways gateways(Deployment stores) {
        return GATEWAYS.computeIfAbsent(
                stores, each -> each.start("session.max-queue-messages=" + QUEUE, "listeners.io-threads=2"));
    }

    @AfterAll
    static void stop() throws Exception {
        for (Deployment.Gateways each : GATEWAYS.values()) {
            each.close();
        }
        GATEWAYS.clear();
    }

    @ParameterizedTest
    @CsvSource({"MEMORY,1", "MEMORY,2", "REDIS,1", "REDIS,2", "TWO_GATEWAYS,1", "TWO_GATEWAYS,2"})
    void whatWasNotSentExpiresAndComesWithoutDup(Deployment stores, int qos) {
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            RawClient displaced = lab.connect(Version.V5, kept(lab.id("s")).with(Prop.RECEIVE_MAXIMUM, 1));
            displaced.subscribed(lab.topic("t"), qos);
            RawClient publisher = lab.connect(Version.V5);
            publisher.published(publish(lab.topic("t"), "m1").qos(qos), 1);
            publisher.published(publish(lab.topic("t"), "m2").qos(qos).with(Prop.MESSAGE_EXPIRY_INTERVAL, 1), 2);
            publisher.published(publish(lab.topic("t"), "m3").qos(qos), 3);
            int m1 = displaced.expectPublish("m1").packetId();
            await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);

            RawClient later = there.connect(Version.V5, kept(lab.id("s")).with(Prop.RECEIVE_MAXIMUM, 1));

            displaced.expectDisconnected(0x8E);
            Packet again = later.expectPublish("m1");
            assertThat(again.packetId()).isEqualTo(m1);
            assertThat(again.isDup()).isTrue();
            if (qos == 1) {
                later.send(ack(PUBACK, m1));
            } else {
                later.send(ack(PUBREC, m1, 0x80));
            }
            Packet next = later.expectPublish("m3");
            assertThat(next.isDup()).isFalse();
            later.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void inAFullQueueTheOldestThatWasNotSentGivesWay(Deployment stores) {
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            RawClient displaced = lab.connect(Version.V5, kept(lab.id("s")).with(Prop.RECEIVE_MAXIMUM, 5));
            displaced.subscribed(lab.topic("t"), 1);
            RawClient publisher = lab.connect(Version.V5);
            for (int i = 0; i < QUEUE; i++) {
                publisher.published(publish(lab.topic("t"), "m" + i).qos(1), 1 + i);
            }
            displaced.expectPublishes(5);
            RawClient later = there.connect(Version.V5, kept(lab.id("s")).with(Prop.RECEIVE_MAXIMUM, 5));
            assertThat(later.expectPublishes(5)).containsExactly("m0", "m1", "m2", "m3", "m4");
            later.vanish();

            for (int i = QUEUE; i < QUEUE + 10; i++) {
                publisher.published(publish(lab.topic("t"), "m" + i).qos(1), 1 + i);
            }

            RawClient last = lab.connect(Version.V5, kept(lab.id("s")));
            for (int i = 0; i < QUEUE; i++) {
                int expected = i < 5 ? i : i + 10;
                Packet packet = last.take();
                assertThat(packet.text()).isEqualTo("m" + expected);
                assertThat(packet.isDup()).as("DUP of m%s", expected).isEqualTo(i < 5);
            }
            last.expectAlive();
        }
    }
}
