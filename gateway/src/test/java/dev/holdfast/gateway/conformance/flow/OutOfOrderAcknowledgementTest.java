// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.flow;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Deployment;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client acknowledges in another order than it was sent: each acknowledgement gives one unit of its Receive Maximum
 * back [MQTT-4.9.0-2]. The window counted the span from the first that was not acknowledged, so that delivery stopped
 * behind it, and what came then was lost to the queue limit.
 */
final class OutOfOrderAcknowledgementTest {
    private static final Map<Deployment, Deployment.Gateways> GATEWAYS = new EnumMap<>(Deployment.class);

    private static Deployment.Gateways gateways(Deployment stores) {
        return GATEWAYS.computeIfAbsent(stores, Deployment::start);
    }

    @AfterAll
    static void stop() throws Exception {
        for (Deployment.Gateways each : GATEWAYS.values()) {
            each.close();
        }
        GATEWAYS.clear();
    }

    @ParameterizedTest
    @CsvSource({
        "MEMORY,1,true",
        "MEMORY,2,true",
        "MEMORY,1,false",
        "MEMORY,2,false",
        "TWO_GATEWAYS,1,true",
        "REDIS,2,true"
    })
    void aMessageThatIsNeverAcknowledgedTakesOneUnit(Deployment stores, int qos, boolean isKept) {
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            Connect connect = isKept ? kept(lab.id("s")) : lab.anonymous();
            RawClient subscriber = lab.connect(Version.V5, connect.with(Prop.RECEIVE_MAXIMUM, 3));
            subscriber.subscribed(lab.topic("t"), qos);
            RawClient publisher = there.connect(Version.V5);

            publisher.published(publish(lab.topic("t"), "stuck").qos(qos), 1);
            Packet stuck = subscriber.expectPublish("stuck");
            for (int i = 0; i < 100; i++) {
                publisher.published(publish(lab.topic("t"), "m" + i).qos(qos), 2 + i);
                assertThat(subscriber.take().text()).isEqualTo("m" + i);
            }

            // Two more are let out, and no third one.
            for (int i = 0; i < 3; i++) {
                publisher.published(publish(lab.topic("t"), "w" + i).qos(qos), 200 + i);
            }
            subscriber.expectPublish("w0");
            subscriber.expectPublish("w1");
            subscriber.expectAlive();
            if (qos == 1) {
                subscriber.send(ack(PUBACK, stuck.packetId()));
            } else {
                subscriber.send(ack(PUBREC, stuck.packetId()));
                subscriber.expectAck(PUBREL, stuck.packetId());
                subscriber.expectAlive();
                subscriber.send(ack(PUBCOMP, stuck.packetId()));
            }
            subscriber.expectPublish("w2");
        }
    }

    /** 437 of 1,500 were lost to the queue limit. */
    @ParameterizedTest
    @CsvSource({"MEMORY,V3_1_1", "MEMORY,V5", "REDIS,V3_1_1"})
    void nothingIsLostForAClientThatAcknowledgesEverythingElse(Deployment stores, Version version) {
        try (Lab lab = new Lab(gateways(stores).here())) {
            RawClient subscriber = lab.connect(version, kept(lab.id("s"))).subscribed(lab.topic("t"), 1);
            RawClient publisher = lab.connect(version);
            publisher.published(publish(lab.topic("t"), "stuck").qos(1), 1);
            Packet stuck = subscriber.expectPublish("stuck");

            for (int from = 0; from < 1_500; from += 20) {
                Outgoing[] some = new Outgoing[20];
                for (int i = 0; i < 20; i++) {
                    some[i] = publish(lab.topic("t"), "m" + (from + i)).atLeastOnce(1 + i);
                }
                publisher.send(some);
                for (int i = 0; i < 20; i++) {
                    publisher.expectAck(PUBACK, 1 + i);
                    assertThat(subscriber.take().text()).isEqualTo("m" + (from + i));
                }
            }
            subscriber.expectAlive();
            subscriber.vanish();

            RawClient back = lab.connect(version, kept(lab.id("s")));
            Packet again = back.expectPublish("stuck");
            assertThat(again.packetId()).isEqualTo(stuck.packetId());
            assertThat(again.isDup()).isTrue();
            back.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResumeSendsAgainWhatIsUnacknowledgedInOrderUnderTheSameIdentifiers(Deployment stores) { // [MQTT-4.4.0-1]
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            RawClient before = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("t"), 2);
            RawClient publisher = lab.connect(Version.V5);
            List<Packet> sent = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                publisher.published(publish(lab.topic("t"), "m" + i).qos(1 + i % 2), 1 + i);
                sent.add(before.expectPublish("m" + i));
            }
            // 4, 10, 16 ... at QoS 1 and 1, 7, 13 ... at QoS 2 are finished; of 3, 9, 15 ... PUBREL has come.
            for (int i = 29; i >= 0; i--) {
                int packetId = sent.get(i).packetId();
                if (i % 6 == 4) {
                    before.send(ack(PUBACK, packetId));
                } else if (i % 2 == 1 && i % 6 != 5) {
                    before.send(ack(PUBREC, packetId));
                    before.expectAck(PUBREL, packetId);
                    if (i % 6 == 1) {
                        before.send(ack(PUBCOMP, packetId));
                    }
                }
            }
            before.expectAlive();
            before.vanish();

            RawClient back = there.connect(Version.V5, kept(lab.id("s")));

            for (int i = 0; i < 30; i++) {
                if (i % 6 == 3) {
                    back.expectAck(PUBREL, sent.get(i).packetId());
                } else if (i % 6 != 4 && i % 6 != 1) {
                    Packet again = back.expectPublish("m" + i);
                    assertThat(again.packetId()).isEqualTo(sent.get(i).packetId());
                    assertThat(again.isDup()).isTrue();
                }
            }
            back.expectAlive();
        }
    }

    /** A full window held back the PUBREL of what had been begun before. */
    @ParameterizedTest
    @EnumSource(names = {"MEMORY", "REDIS"})
    void pubrelIsSentAgainThoughTheWindowOfTheNewConnectionIsFull(Deployment stores) { // [MQTT-4.9.0-3]
        try (Lab lab = new Lab(gateways(stores).here())) {
            RawClient before = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("t"), 2);
            RawClient publisher = lab.connect(Version.V5);
            int[] packetIds = IntStream.range(0, 4)
                    .map(i -> {
                        publisher.published(publish(lab.topic("t"), "m" + i).qos(2), 1 + i);
                        return before.expectPublish("m" + i).packetId();
                    })
                    .toArray();
            for (int i = 1; i < 4; i++) {
                before.send(ack(PUBREC, packetIds[i]));
                before.expectAck(PUBREL, packetIds[i]);
            }
            before.vanish();

            RawClient back = lab.connect(Version.V5, kept(lab.id("s")).with(Prop.RECEIVE_MAXIMUM, 1));

            back.expectPublish("m0");
            for (int i = 1; i < 4; i++) {
                back.expectAck(PUBREL, packetIds[i]);
            }
        }
    }
}
