// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.subscribe;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.Refusals;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Topic names and topic filters (MQTT 3.1.1 and 5.0 section 4.7), subscribing and unsubscribing (3.8 to 3.11). */
@OnGateway
final class TopicTest {
    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1/#, sport/tennis/player1, true",
        "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
        "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
        "sport/tennis/player1/#, sport/tennis/player10, false",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "#, a/b/c, true",
        "+/b/#, a/b/c/d, true",
        "+/b/#, a/b, true",
        "a/+/c, a//c, true",
        "a/b, a/B, false",
        "a/b, a/b/, false",
        "a/b, /a/b, false",
        "a b/c, a b/c, true",
    })
    void filterMatchesAsTheSpecificationShows(String filter, String topic, boolean matches, Lab lab) { // section 4.7.1
        RawClient publisher = lab.connect(Version.V3_1_1);
        RawClient subscriber = lab.connect(Version.V3_1_1)
                .subscribed(subscribe(1).to(lab.topic(filter), 0).to(lab.topic("~end"), 0));

        publisher.send(publish(lab.topic(topic), "hit"), publish(lab.topic("~end"), "end"));

        if (filter.equals("#")) {
            assertThat(subscriber.expectPublishes(2)).containsExactly("hit", "end");
        } else if (matches) {
            subscriber.expectPublish("hit");
            subscriber.expectPublish("end");
        } else {
            subscriber.expectPublish("end");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+/{t}", "+/#"})
    void topicsThatBeginWithADollarAreNotMatchedByLeadingWildcards(String filter, Lab lab) { // [MQTT-4.7.2-1]
        String topic = lab.topic("d").replace('/', '-');
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(filter.replace("{t}", topic), 0);

        publisher.send(publish("$own/" + topic, "hidden"), publish("own/" + topic, "seen"));

        for (Packet packet = subscriber.expect(PUBLISH); !packet.text().equals("seen"); ) {
            assertThat(packet.topic()).doesNotStartWith("$");
            packet = subscriber.expect(PUBLISH);
        }
    }

    @Test
    void topicsThatBeginWithADollarAreMatchedByFiltersThatBeginWithIt(Lab lab) { // section 4.7.2
        String topic = "$own/" + lab.topic("x");
        RawClient publisher = lab.connect(Version.V3_1_1);
        RawClient exact = lab.connect(Version.V3_1_1).subscribed(topic, 0);
        RawClient wild = lab.connect(Version.V3_1_1).subscribed("$own/" + lab.topic("#"), 0);

        publisher.send(publish(topic, "m"));

        exact.expectPublish("m");
        wild.expectPublish("m");
    }

    @ParameterizedTest
    @EnumSource
    void unicodeTopicsAreTakenAsTheyAre(Dialect dialect, Lab lab) { // section 1.5.4
        RawClient publisher = lab.connect(dialect);
        String topic = lab.topic("é/𝔘/\uFEFFa/ /~");
        RawClient subscriber = lab.connect(dialect).subscribed(topic, 0);

        publisher.send(publish(topic, "m"));

        assertThat(subscriber.expectPublish("m").topic()).isEqualTo(topic);
    }

    @ParameterizedTest
    @EnumSource
    void overlappingSubscriptionsGiveOneDeliveryAtTheHighestQos(Dialect dialect, Lab lab) { // [MQTT-3.3.5-1]
        // [MQTT-3.3.4-2]
        RawClient publisher = lab.connect(dialect);
        RawClient subscriber = lab.connect(dialect)
                .subscribed(subscribe(1)
                        .to(lab.topic("a/#"), 0)
                        .to(lab.topic("a/+"), 2)
                        .to(lab.topic("a/b"), 1));

        publisher.published(publish(lab.topic("a/b"), "m").qos(2), 1);
        publisher.send(publish(lab.topic("a/b"), "end"));

        Packet received = subscriber.take();
        assertThat(received.text()).isEqualTo("m");
        assertThat(received.qos()).isEqualTo(2);
        subscriber.expectPublish("end");
    }

    @Test
    void overlappingSubscriptionsBringAllTheirIdentifiersOnce(Lab lab) { // [MQTT-3.3.4-3] [MQTT-3.3.4-4]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5)
                .subscribed(subscribe(1).to(lab.topic("a/#"), 1).with(Prop.SUBSCRIPTION_IDENTIFIER, 1))
                .subscribed(subscribe(2).to(lab.topic("a/+"), 1).with(Prop.SUBSCRIPTION_IDENTIFIER, 268_435_455))
                .subscribed(subscribe(3).to(lab.topic("a/b"), 1));

        publisher.published(publish(lab.topic("a/b"), "m").qos(1), 1);
        publisher.send(publish(lab.topic("a/b"), "end"));

        assertThat(subscriber.take().properties().all(Prop.SUBSCRIPTION_IDENTIFIER))
                .containsExactlyInAnyOrder(1L, 268_435_455L);
        subscriber.expectPublish("end");
    }

    @Test
    void newSubscriptionToTheSameFilterReplacesItsIdentifier(Lab lab) { // [MQTT-3.8.4-3]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5)
                .subscribed(subscribe(1).to(lab.topic("a"), 1).with(Prop.SUBSCRIPTION_IDENTIFIER, 7))
                .subscribed(subscribe(2).to(lab.topic("a"), 0).with(Prop.SUBSCRIPTION_IDENTIFIER, 8));

        publisher.published(publish(lab.topic("a"), "m").qos(1), 1);

        Packet received = subscriber.expectPublish("m");
        assertThat(received.properties().all(Prop.SUBSCRIPTION_IDENTIFIER)).containsExactly(8L);
        assertThat(received.qos()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void subackHasOneCodePerFilterInTheirOrder(Version version, Lab lab) { // [MQTT-3.8.4-2] [MQTT-3.8.4-5]
        // [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1]
        RawClient client = lab.connect(version);

        client.send(subscribe(77).to(lab.topic("a"), 2).to(lab.topic("b"), 0).to(lab.topic("c"), 1));

        Packet suback = client.expect(SUBACK);
        assertThat(suback.packetId()).isEqualTo(77);
        assertThat(suback.reasons()).containsExactly(2, 0, 1);
    }

    @ParameterizedTest
    @EnumSource
    void unsubackComesEvenWhenNothingWasSubscribed(Version version, Lab lab) { // [MQTT-3.10.4-5] [MQTT-3.10.4-4]
        RawClient client = lab.connect(version).subscribed(lab.topic("a"), 0);

        client.send(unsubscribe(9, lab.topic("a"), lab.topic("never")));

        Packet unsuback = client.expect(UNSUBACK);
        assertThat(unsuback.packetId()).isEqualTo(9);
        if (version.isV5()) {
            assertThat(unsuback.reasons()).containsExactly(Reason.SUCCESS, Reason.NO_SUBSCRIPTION_EXISTED);
        } else {
            assertThat(unsuback.reasons()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsDeliveredAfterUnsubscribing(Dialect dialect, Lab lab) { // [MQTT-3.10.4-2]
        RawClient publisher = lab.connect(dialect);
        RawClient client = lab.connect(dialect)
                .subscribed(subscribe(1).to(lab.topic("a"), 1).to(lab.topic("b"), 1));
        client.send(unsubscribe(2, lab.topic("a")));
        client.expect(UNSUBACK);

        publisher.published(publish(lab.topic("a"), "no").qos(1), 1);
        publisher.published(publish(lab.topic("b"), "yes").qos(1), 2);

        client.expectPublish("yes");
    }

    @ParameterizedTest
    @EnumSource
    void unsubscribeComparesCharacterByCharacter(Version version, Lab lab) { // [MQTT-3.10.4-1]
        RawClient publisher = lab.connect(version);
        RawClient client = lab.connect(version).subscribed(lab.topic("a/+"), 0);
        client.send(unsubscribe(2, lab.topic("a/b"), lab.topic("#"), lab.topic("A/+")));
        client.expect(UNSUBACK);

        publisher.send(publish(lab.topic("a/b"), "still"));

        client.expectPublish("still");
    }

    @ParameterizedTest
    @EnumSource
    void deliveriesThatHaveBegunAreFinishedAfterUnsubscribing(Version version, Lab lab) { // [MQTT-3.10.4-3]
        RawClient publisher = lab.connect(version);
        RawClient client = lab.connect(version).subscribed(lab.topic("a"), 2);
        publisher.published(publish(lab.topic("a"), "m").qos(2), 1);
        int packetId = client.expectPublish("m").packetId();

        client.send(unsubscribe(2, lab.topic("a")));
        client.expect(UNSUBACK);
        publisher.published(publish(lab.topic("a"), "late").qos(2), 2);

        client.send(ack(PUBREC, packetId));
        client.expectAck(PUBREL, packetId);
        client.send(ack(PUBCOMP, packetId));
        client.expectAlive();
    }

    @Test
    void unsubackHasOneCodePerFilterInTheirOrder(Lab lab) { // [MQTT-3.11.3-1] [MQTT-3.10.4-6]
        RawClient client = lab.connect(Version.V5).subscribed(lab.topic("b"), 0);

        client.send(unsubscribe(9, lab.topic("a"), lab.topic("b"), lab.topic("b"), lab.topic("c")));

        Packet unsuback = client.expect(UNSUBACK);
        assertThat(unsuback.packetId()).isEqualTo(9);
        assertThat(unsuback.reasons())
                .containsExactly(
                        Reason.NO_SUBSCRIPTION_EXISTED,
                        Reason.SUCCESS,
                        Reason.NO_SUBSCRIPTION_EXISTED,
                        Reason.NO_SUBSCRIPTION_EXISTED);
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLostWhileASubscriptionIsReplaced(Version version, Lab lab) { // [MQTT-3.8.4-4]
        RawClient client = lab.connect(version).subscribed(lab.topic("a"), 1);
        RawClient publisher = lab.connect(version);
        Outgoing[] burst = new Outgoing[20];
        Arrays.fill(burst, Subscribe.subscribe(lab.topic("a"), 1));
        Set<String> missing = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            missing.add("m" + i);
        }

        for (int i = 0; i < 100; i++) {
            if (i % 10 == 0) {
                client.send(burst);
            }
            publisher.send(publish(lab.topic("a"), "m" + i).atLeastOnce(1 + i));
        }

        while (!missing.isEmpty()) {
            Packet packet = client.expectAny();
            if (packet.type() == PacketType.PUBLISH) {
                assertThat(missing.remove(packet.text()))
                        .as("%s once", packet.text())
                        .isTrue();
                client.send(ack(PacketType.PUBACK, packet.packetId()));
            } else {
                assertThat(packet.type()).isEqualTo(PacketType.SUBACK);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "a/", "/a", "a//b", "\u00e9", "e\u0301", "\uFEFFa", "a "})
    void topicsThatLookAlikeAreNotTheSame(String rest, Lab lab) { // [MQTT-4.7.3-4] [MQTT-1.5.4-3]
        RawClient subscriber = lab.connect(Version.V5);
        for (String other : List.of("a", "A", "a/", "/a", "a//b", "a/b", "\u00e9", "e\u0301", "\uFEFFa", "a ")) {
            if (!other.equals(rest)) {
                subscriber.subscribed(lab.topic(other), 0);
            }
        }
        RawClient publisher = lab.connect(Version.V5);

        publisher.send(publish(lab.topic(rest), "m").atLeastOnce(1));

        assertThat(publisher.expect(PacketType.PUBACK).reason()).isEqualTo(Reason.NO_MATCHING_SUBSCRIBERS);
        subscriber.expectAlive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/#/b", "a#", "#a", "a+", "+a/b", "a/b+", "##", "a/##"})
    void badWildcardIsNeverGranted(String filter, Lab lab) { // [MQTT-4.7.1-1] [MQTT-4.7.1-2]
        for (Version version : Version.values()) {
            RawClient client = lab.connect(version);

            client.send(subscribe(lab.topic(filter), 0));

            Refusals.expectNotGranted(client, Reason.TOPIC_FILTER_INVALID);
        }
    }

    @Test
    void goodFiltersBesideABadOneAreGrantedOrTheConnectionCloses(Lab lab) {
        RawClient client = lab.connect(Version.V5);

        client.send(subscribe(1).to(lab.topic("a"), 1).to(lab.topic("b#"), 1).to(lab.topic("c"), 1));

        Packet answer = client.next();
        if (answer != null && answer.type() == SUBACK) {
            assertThat(answer.reasons()).containsExactly(1, Reason.TOPIC_FILTER_INVALID, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/#", "+/a", "#", "a/+/b"})
    void wildcardInATopicNameIsAnError(String topic, Lab lab) { // [MQTT-3.3.2-2] [MQTT-4.7.0-1]
        for (Version version : Version.values()) {
            RawClient client = lab.connect(version);

            client.send(publish(lab.topic(topic), "x"));

            client.expectDisconnectedWithAnyOf(
                    Reason.TOPIC_NAME_INVALID, Reason.MALFORMED_PACKET, Reason.PROTOCOL_ERROR);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"$SYS/broker/uptime", "$SYS/x", "$share/g/t"})
    void clientsCannotPublishToTheServersOwnTopics(String topic, Lab lab) { // aedes #597, section 4.7.2
        RawClient listener = lab.connect(Version.V5).subscribed(subscribe("$SYS/x", 0));
        RawClient client = lab.connect(Version.V5);

        client.trySend(publish(topic, "forged").atLeastOnce(1));

        // Refusing with a code or closing are both right; delivering is not.
        Packet answer = client.next();
        assertThat(answer == null || answer.reason() != Reason.SUCCESS).isTrue();
        listener.expectAlive();
    }

    @Test
    void noLocalKeepsAClientsOwnMessagesFromIt(Lab lab) { // [MQTT-3.8.3-3]
        RawClient client = lab.connect(Version.V5).subscribed(lab.topic("a"), 1 | Subscribe.NO_LOCAL);
        RawClient other = lab.connect(Version.V5);

        client.published(publish(lab.topic("a"), "own").qos(1), 1);
        other.published(publish(lab.topic("a"), "other").qos(1), 1);

        client.expectPublish("other");
    }

    @Test
    void noLocalOfOneSubscriptionDoesNotSpeakForAnother(Lab lab) {
        RawClient client = lab.connect(Version.V5)
                .subscribed(
                        subscribe(1).to(lab.topic("a/b"), Subscribe.NO_LOCAL).with(Prop.SUBSCRIPTION_IDENTIFIER, 1))
                .subscribed(subscribe(2).to(lab.topic("a/+"), 0).with(Prop.SUBSCRIPTION_IDENTIFIER, 2));

        client.send(publish(lab.topic("a/b"), "own"));

        Packet received = client.expectPublish("own");
        assertThat(received.properties().all(Prop.SUBSCRIPTION_IDENTIFIER)).containsExactly(2L);
    }

    @ParameterizedTest
    @EnumSource
    void clientReceivesItsOwnMessages(Dialect dialect, Lab lab) {
        RawClient client = lab.connect(dialect).subscribed(lab.topic("a"), 0);

        client.send(publish(lab.topic("a"), "own"));

        client.expectPublish("own");
    }
}
