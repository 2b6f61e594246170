// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quality of service 2 in both directions (MQTT 3.1.1 and 5.0 section 4.3.3). */
@OnGateway
final class Qos2Test {
    @ParameterizedTest
    @EnumSource
    void messageIsDeliveredOnceThroughTheWholeExchange(Dialect dialect, Lab lab) { // [MQTT-4.3.3-8] to [MQTT-4.3.3-13]
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("x"), 2);

        publisher.send(publish(lab.topic("x"), "m").exactlyOnce(9));
        publisher.expectAck(PUBREC, 9);
        publisher.send(ack(PUBREL, 9));
        publisher.expectAck(PUBCOMP, 9);

        Packet received = subscriber.expectPublish("m");
        assertThat(received.qos()).isEqualTo(2);
        subscriber.send(ack(PUBREC, received.packetId()));
        subscriber.expectAck(PUBREL, received.packetId());
        subscriber.send(ack(PUBCOMP, received.packetId()));
        subscriber.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void samePacketIdentifierBeforePubrelIsTheSameMessage(Dialect dialect, Lab lab) { // [MQTT-4.3.3-10]
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("x"), 2);
        publisher.send(publish(lab.topic("x"), "once").exactlyOnce(3));
        publisher.expectAck(PUBREC, 3);

        publisher.send(publish(lab.topic("x"), "once").exactlyOnce(3).duplicate());
        publisher.expectAck(PUBREC, 3);

        publisher.send(ack(PUBREL, 3));
        publisher.expectAck(PUBCOMP, 3);
        publisher.published(publish(lab.topic("x"), "next"), 0);
        assertThat(subscriber.take().text()).isEqualTo("once");
        assertThat(subscriber.take().text()).isEqualTo("next");
    }

    @Test
    void samePacketIdentifierIsTheSameMessageThoughItsTopicWouldBeRefusedNow(Lab lab) { // [MQTT-4.3.3-10]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("x"), 2);
        publisher.send(publish(lab.topic("x"), "once").exactlyOnce(3));
        publisher.expectAck(PUBREC, 3);

        publisher.send(publish("$SYS/x", "once").exactlyOnce(3).duplicate());
        publisher.expectAck(PUBREC, 3);

        publisher.send(ack(PUBREL, 3)).expectAck(PUBCOMP, 3);
        publisher.published(publish(lab.topic("x"), "next").qos(2), 3);
        assertThat(subscriber.take().text()).isEqualTo("once");
        assertThat(subscriber.take().text()).isEqualTo("next");
    }

    @ParameterizedTest
    @EnumSource
    void packetIdentifierIsFreeAgainAfterPubcomp(Version version, Lab lab) { // [MQTT-4.3.3-12]
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("x"), 2);

        publisher.published(publish(lab.topic("x"), "first").qos(2), 3);
        publisher.published(publish(lab.topic("x"), "second").qos(2), 3);

        assertThat(subscriber.take().text()).isEqualTo("first");
        assertThat(subscriber.take().text()).isEqualTo("second");
    }

    @ParameterizedTest
    @EnumSource
    void pubrelForAnUnknownPacketIdentifierIsAnsweredByPubcomp(Version version, Lab lab) { // [MQTT-4.3.3-11]
        RawClient client = lab.connect(version);

        client.send(ack(PUBREL, 4711));

        Packet pubcomp = client.expect(PUBCOMP);
        assertThat(pubcomp.packetId()).isEqualTo(4711);
        assertThat(pubcomp.reason()).isEqualTo(version.isV5() ? Reason.PACKET_IDENTIFIER_NOT_FOUND : 0);
        client.expectAlive();
    }

    @Test
    void pubrecForAnUnknownPacketIdentifierIsAnsweredByPubrelSayingSo(Lab lab) { // 5.0 section 3.6.2.1
        RawClient client = lab.connect(Version.V5);

        client.send(ack(PUBREC, 4711));

        Packet pubrel = client.expect(PUBREL);
        assertThat(pubrel.packetId()).isEqualTo(4711);
        assertThat(pubrel.reason()).isEqualTo(Reason.PACKET_IDENTIFIER_NOT_FOUND);
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void pubcompForAnUnknownPacketIdentifierIsIgnored(Version version, Lab lab) {
        RawClient client = lab.connect(version);

        client.send(ack(PUBCOMP, 4711));

        client.expectAlive();
    }

    @Test
    void pubrecWithAnErrorEndsTheExchange(Lab lab) { // [MQTT-4.3.3-4] [MQTT-4.9.0-2]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
        subscriber.subscribed(lab.topic("x"), 2);
        publisher.published(publish(lab.topic("x"), "bad").qos(2), 1);
        publisher.published(publish(lab.topic("x"), "good").qos(2), 1);

        Packet bad = subscriber.expectPublish("bad");
        subscriber.send(ack(PUBREC, bad.packetId(), Reason.UNSPECIFIED));

        assertThat(subscriber.take().text())
                .as("no PUBREL, and the window is free again")
                .isEqualTo("good");
    }

    @ParameterizedTest
    @EnumSource
    void repeatedPubrecIsAnsweredByPubrelAgain(Version version, Lab lab) {
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("x"), 2);
        publisher.published(publish(lab.topic("x"), "m").qos(2), 1);
        int id = subscriber.expectPublish("m").packetId();

        subscriber.send(ack(PUBREC, id));
        subscriber.expectAck(PUBREL, id);
        subscriber.send(ack(PUBREC, id));

        subscriber.expectAck(PUBREL, id);
        subscriber.send(ack(PUBCOMP, id));
        subscriber.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void pubackForAQos2MessageDoesNotFreeIt(Version version, Lab lab) { // the answer to QoS 2 is PUBREC
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("x"), 2);
        publisher.published(publish(lab.topic("x"), "m").qos(2), 1);
        int id = subscriber.expectPublish("m").packetId();

        subscriber.trySend(ack(PUBACK, id));

        // Ignoring it and closing with a protocol error are both right; taking it for the answer is not.
        if (subscriber.trySend(ack(PUBREC, id))) {
            Packet next = subscriber.next();
            if (next != null && next.type() != DISCONNECT) {
                assertThat(next.type()).isEqualTo(PUBREL);
                assertThat(next.reason()).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void deliveriesKeepTheOrderOfPublishing(Dialect dialect, Lab lab) { // [MQTT-4.6.0-6] [MQTT-4.6.0-5]
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("x"), 2);

        for (int i = 0; i < 25; i++) {
            publisher.published(publish(lab.topic("x"), "m" + i).qos(2), 1 + i);
        }

        for (int i = 0; i < 25; i++) {
            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyExchangesAtOnceCompleteEachUnderItsOwnIdentifier(Version version, Lab lab) {
        RawClient publisher = lab.connect(version);
        for (int i = 1; i <= 15; i++) {
            publisher.send(publish(lab.topic("x"), "m" + i).exactlyOnce(i));
        }
        for (int i = 1; i <= 15; i++) {
            publisher.expectAck(PUBREC, i);
        }

        for (int i = 15; i >= 1; i--) {
            publisher.send(ack(PUBREL, i));
        }

        for (int i = 15; i >= 1; i--) {
            publisher.expectAck(PUBCOMP, i);
        }
    }

    @Test
    void packetIdentifierOfARefusedMessageIsFree(Lab lab) { // [MQTT-4.3.3-9]
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 2);
        RawClient publisher = lab.connect(Version.V5);
        publisher.send(publish("$SYS/a", "no").exactlyOnce(5));
        assertThat(publisher.expect(PUBREC).reason()).isGreaterThanOrEqualTo(0x80);

        publisher.published(publish(lab.topic("a"), "new").qos(2), 5);

        assertThat(subscriber.take().text()).isEqualTo("new");
    }
}
