// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quality of service 0 and 1 in both directions (MQTT 3.1.1 and 5.0 sections 4.3 and 4.6). */
@OnGateway
final class Qos1Test {
    @ParameterizedTest
    @EnumSource
    void everyCombinationOfQosIsDeliveredAtTheLowerOfTheTwo(Dialect dialect, Lab lab) { // [MQTT-3.8.4-8]
        // [MQTT-3.3.4-1]
        RawClient publisher = lab.connect(dialect);
        for (int granted = 0; granted <= 2; granted++) {
            RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("q" + granted), granted);

            for (int sent = 0; sent <= 2; sent++) {
                publisher.published(
                        publish(lab.topic("q" + granted), "m" + sent).qos(sent), 10 + sent);

                Packet received = subscriber.take();
                assertThat(received.text()).isEqualTo("m" + sent);
                assertThat(received.qos()).isEqualTo(Math.min(sent, granted));
                assertThat(received.isDup())
                        .as("DUP of a first delivery [MQTT-3.3.1-2]")
                        .isFalse();
                assertThat(received.isRetain())
                        .as("RETAIN of a live one [MQTT-3.3.1-9]")
                        .isFalse();
            }
            subscriber.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void payloadIsDeliveredUntouched(Dialect dialect, Lab lab) {
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("bytes"), 1);
        for (int length : new int[] {0, 1, 125, 126, 127, 128, 16_383, 16_384, 65_535, 65_536, 200_000}) {
            byte[] payload = new byte[length];
            new Random(length).nextBytes(payload);

            publisher.published(publish(lab.topic("bytes"), payload).qos(1), 1);

            assertThat(subscriber.take().payload()).isEqualTo(payload);
        }
    }

    @ParameterizedTest
    @EnumSource
    void pubacksComeInTheOrderOfThePublishes(Dialect dialect, Lab lab) { // [MQTT-4.6.0-2] [MQTT-4.3.2-4]
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("order"), 1);
        Outgoing[] burst = new Outgoing[30];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = publish(lab.topic("order"), "m" + i).atLeastOnce(100 + i);
        }

        publisher.send(burst);

        for (int i = 0; i < burst.length; i++) {
            publisher.expectAck(PUBACK, 100 + i);
        }
        for (int i = 0; i < burst.length; i++) { // [MQTT-4.6.0-6]
            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgementsOfQos1AndQos2KeepTheOrderOfArrival(Version version, Lab lab) { // [MQTT-4.6.0-2] [MQTT-4.6.0-3]
        RawClient publisher = lab.connect(version);

        publisher.send(
                publish(lab.topic("x"), "a").exactlyOnce(1),
                publish(lab.topic("x"), "b").exactlyOnce(2),
                publish(lab.topic("x"), "c").exactlyOnce(3));

        publisher.expectAck(PUBREC, 1);
        publisher.expectAck(PUBREC, 2);
        publisher.expectAck(PUBREC, 3);
        publisher.send(ack(PUBREL, 1), ack(PUBREL, 2), ack(PUBREL, 3)); // [MQTT-4.6.0-4]
        publisher.expectAck(PUBCOMP, 1);
        publisher.expectAck(PUBCOMP, 2);
        publisher.expectAck(PUBCOMP, 3);
    }

    @ParameterizedTest
    @EnumSource
    void messageWithoutSubscriberIsAcknowledged(Version version, Lab lab) { // 5.0 section 3.4.2.1
        RawClient publisher = lab.connect(version);

        publisher.send(publish(lab.topic("nobody"), "x").atLeastOnce(5));

        Packet puback = publisher.expect(PUBACK);
        assertThat(puback.packetId()).isEqualTo(5);
        assertThat(puback.reason()).isIn(Reason.SUCCESS, Reason.NO_MATCHING_SUBSCRIBERS);
    }

    @ParameterizedTest
    @EnumSource
    void everyUnacknowledgedMessageHasItsOwnNonZeroPacketIdentifier(Version version, Lab lab) { // [MQTT-2.2.1-3]
        // [MQTT-4.3.2-1] [MQTT-4.3.3-1]
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("ids"), 1);
        Set<Integer> ids = new HashSet<>();

        for (int i = 0; i < 20; i++) {
            publisher.published(publish(lab.topic("ids"), "m" + i).qos(1), 1);
            ids.add(subscriber.expectPublish("m" + i).packetId());
        }

        assertThat(ids).hasSize(20).doesNotContain(0);
    }

    @ParameterizedTest
    @EnumSource
    void clientMayUseTheSamePacketIdentifierAsTheServer(Version version, Lab lab) { // [MQTT-2.2.1-4] section 2.2.1
        RawClient client = lab.connect(version).subscribed(lab.topic("mine"), 1);
        RawClient other = lab.connect(version);
        other.published(publish(lab.topic("mine"), "x").qos(1), 1);
        Packet received = client.expectPublish("x");

        client.published(publish(lab.topic("other"), "y").qos(1), received.packetId());

        client.send(ack(PUBACK, received.packetId()));
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void unacknowledgedMessageIsNotSentAgainOnTheSameConnection(Version version, Lab lab) { // 5.0 [MQTT-4.4.0-1]
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("once"), 1);
        publisher.published(publish(lab.topic("once"), "a").qos(1), 1);
        subscriber.expectPublish("a");

        publisher.published(publish(lab.topic("once"), "b").qos(1), 2);

        subscriber.expectPublish("b");
        subscriber.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgementsOutOfOrderAreAccepted(
            Version version, Lab lab) { // [MQTT-4.6.0-2] binds the sender of acks only
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("x"), 1);
        int[] ids = new int[5];
        for (int i = 0; i < 5; i++) {
            publisher.published(publish(lab.topic("x"), "m" + i).qos(1), 1);
            ids[i] = subscriber.expectPublish("m" + i).packetId();
        }

        for (int i = 4; i >= 0; i--) {
            subscriber.send(ack(PUBACK, ids[i]));
        }

        publisher.published(publish(lab.topic("x"), "last").qos(1), 1);
        subscriber.expectPublish("last");
    }

    @ParameterizedTest
    @EnumSource
    void pubackForAnUnknownPacketIdentifierIsIgnored(Version version, Lab lab) {
        RawClient client = lab.connect(version);

        client.send(ack(PUBACK, 4711));

        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void packetsSplitAtEveryByteAreUnderstood(ClientTransport transport, Lab lab) { // netty #16776
        RawClient publisher = lab.open(Version.V5, transport).connected(lab.anonymous());
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("split"), 0);
        byte[] packet = publish(lab.topic("split"), "whole")
                .with(Prop.CONTENT_TYPE, "text")
                .userProperty("k", "v")
                .encode(Version.V5);

        for (int at = 1; at < packet.length; at++) {
            publisher.sendBytes(Arrays.copyOfRange(packet, 0, at));
            publisher.sendBytes(Arrays.copyOfRange(packet, at, packet.length));
        }

        for (int at = 1; at < packet.length; at++) {
            subscriber.expectPublish("whole");
        }
    }

    @ParameterizedTest
    @EnumSource
    void fiftyPacketsInOneWriteAreUnderstood(Dialect dialect, Lab lab) {
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("burst"), 0);
        Outgoing[] burst = new Outgoing[50];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = publish(lab.topic("burst"), "m" + i);
        }

        publisher.send(burst);

        for (int i = 0; i < burst.length; i++) {
            subscriber.expectPublish("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dialect.class,
            names = {"V5_TCP", "V5_WEBSOCKET", "V3_1_1_TCP"})
    void publisherIsAcknowledgedWhateverItsSubscribersDo(Dialect dialect, Lab lab) { // never PUBACK
        RawClient publisher = lab.connect(dialect);
        lab.connect(dialect).subscribed(lab.topic("x"), 1);
        RawClient good = lab.connect(dialect).subscribed(lab.topic("x"), 1);

        for (int i = 0; i < 200; i++) {
            publisher.published(publish(lab.topic("x"), "m" + i).qos(1), 1 + i);
            assertThat(good.take().text()).isEqualTo("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void samePacketIdentifierAfterItsPubackIsANewMessage(Version version, Lab lab) { // [MQTT-4.3.2-5]
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 1);
        RawClient publisher =
                lab.connect(version).published(publish(lab.topic("a"), "one").qos(1), 7);

        publisher.send(publish(lab.topic("a"), "two").atLeastOnce(7).duplicate());
        publisher.expectAck(PUBACK, 7);

        assertThat(subscriber.take().text()).isEqualTo("one");
        Packet second = subscriber.take();
        assertThat(second.text()).isEqualTo("two");
        assertThat(second.isDup())
                .as("DUP speaks of this delivery, not of the publisher's [MQTT-3.3.1-3]")
                .isFalse();
    }

    @Test
    void messageThatTheClientRefusesIsNotSentAgain(Lab lab) { // [MQTT-4.4.0-2]
        RawClient subscriber = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("a"), 1);
        lab.connect(Version.V5).published(publish(lab.topic("a"), "m").qos(1), 1);
        int packetId = subscriber.expectPublish("m").packetId();

        subscriber.send(ack(PUBACK, packetId, Reason.UNSPECIFIED));
        subscriber.disconnect();

        lab.connect(Version.V5, kept(lab.id("s"))).expectAlive();
    }
}
