// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnTightGateway;
import dev.holdfast.gateway.harness.Refusals;
import dev.holdfast.gateway.harness.mqtt.Codes;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits of one client: what is beyond them is refused with the right code and nobody else notices. */
@OnTightGateway
final class ClientLimitsTest {
    @BeforeEach
    void innocentsConnect(Lab lab) {
        lab.innocentsConnect();
    }

    @AfterEach
    void innocentsAreStillServed(Lab lab) {
        lab.innocentsAreStillServed();
    }

    @ParameterizedTest
    @EnumSource
    void packetBeforeAuthenticationIsBounded(Dialect dialect, Lab lab) { // max-packet-size-before-auth
        RawClient client = lab.open(dialect);

        client.trySend(connect(lab.id("a")).userName("u").password("p".repeat(1_100)));

        client.expectRefusedOrClosed(Reason.PACKET_TOO_LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void packetIsBounded(Dialect dialect, Lab lab) { // max-packet-size, [MQTT-3.2.2-15]
        RawClient client = lab.connect(dialect);
        if (dialect.version.isV5()) {
            assertThat(client.connack().properties().number(Prop.MAXIMUM_PACKET_SIZE))
                    .isEqualTo(4_096);
        }
        client.send(publish(lab.topic("a"), new byte[4_000]));
        client.expectAlive();

        client.trySend(publish(lab.topic("a"), new byte[4_096]));

        client.expectDisconnected(Reason.PACKET_TOO_LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void messagesUnderWayToOneClientAreBounded(Version version, Lab lab) { // max-inflight
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 1);
        for (int i = 0; i < 8; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        int[] ids = new int[4];
        for (int i = 0; i < 4; i++) {
            ids[i] = subscriber.expectPublish("m" + i).packetId();
        }
        subscriber.expectAlive();
        for (int id : ids) {
            subscriber.send(ack(PUBACK, id));
        }

        for (int i = 4; i < 8; i++) {
            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
    }

    @Test
    void receiveMaximumIsToldAndHeld(Lab lab) { // receive-maximum, [MQTT-3.3.4-7]
        RawClient client = lab.connect(Version.V5);
        assertThat(client.connack().properties().number(Prop.RECEIVE_MAXIMUM)).isEqualTo(5);

        for (int i = 1; i <= 5; i++) {
            client.send(publish(lab.topic("a"), "x").exactlyOnce(i));
            client.expectAck(PUBREC, i);
        }
        client.send(publish(lab.topic("a"), "x").exactlyOnce(6));

        client.expectDisconnected(Reason.RECEIVE_MAXIMUM_EXCEEDED);
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1", "V3_1_1"})
    void unreleasedQos2MessagesOfOlderClientsAreBounded(
            Version version, Lab lab) { // max-inbound-qos2-v3, CVE-2023-28366
        RawClient client = lab.connect(version);
        for (int i = 1; i <= 5; i++) {
            client.send(publish(lab.topic("a"), "x").exactlyOnce(i));
            client.expectAck(PUBREC, i);
        }

        client.send(publish(lab.topic("a"), "x").exactlyOnce(6));

        client.expectClosed();
    }

    @Test
    void reconnectingDoesNotGatherUnreleasedQos2Messages(Lab lab) { // CVE-2023-28366
        Connect kept = connect(lab.id("a")).cleanStart(false).with(Prop.SESSION_EXPIRY_INTERVAL, 2);
        RawClient before = lab.connect(Version.V5, kept);
        for (int i = 1; i <= 5; i++) {
            before.send(publish(lab.topic("a"), "x").exactlyOnce(i));
            before.expectAck(PUBREC, i);
        }
        before.vanish();
        RawClient after = lab.connect(Version.V5, kept);
        after.published(publish(lab.topic("a"), "x").qos(1), 6);

        after.send(publish(lab.topic("a"), "x").exactlyOnce(7));

        after.expectDisconnected(Reason.RECEIVE_MAXIMUM_EXCEEDED);
    }

    @ParameterizedTest
    @EnumSource
    void publishingToADeepTopicIsRefused(Version version, Lab lab) { // max-topic-levels
        expectTopicRefused(lab, version, lab.topic("2/3/4/5/6/7/8/9"));
    }

    @ParameterizedTest
    @EnumSource
    void publishingToALongTopicIsRefused(Version version, Lab lab) { // max-topic-bytes
        expectTopicRefused(lab, version, lab.topic("x".repeat(64)));
    }

    private static void expectTopicRefused(Lab lab, Version version, String topic) {
        lab.connect(version).published(publish(lab.topic("2/3/4/5/6/7"), "x").qos(1), 1);
        RawClient client = lab.connect(version);

        client.send(publish(topic, "x").atLeastOnce(1));

        if (version.isV5()) {
            Packet answer = client.expectAny();
            assertThat(answer.type()).isIn(PUBACK, DISCONNECT);
            assertThat(answer.reason()).withRepresentation(Codes.IN_HEX).isEqualTo(Reason.TOPIC_NAME_INVALID);
        } else {
            client.expectClosed();
        }
    }

    @ParameterizedTest
    @EnumSource
    void subscribingToADeepOrLongFilterIsRefused(Version version, Lab lab) { // max-topic-levels, max-topic-bytes
        RawClient deep = lab.connect(version);
        RawClient longer = lab.connect(version);

        deep.send(subscribe(lab.topic("2/3/4/5/6/7/8/#"), 0));
        longer.send(subscribe(lab.topic("x".repeat(64)), 0));

        assertThat(deep.expect(SUBACK).reasons()).containsExactly(version.isV5() ? Reason.TOPIC_FILTER_INVALID : 0x80);
        assertThat(longer.expect(SUBACK).reasons())
                .containsExactly(version.isV5() ? Reason.TOPIC_FILTER_INVALID : 0x80);
    }

    @ParameterizedTest
    @EnumSource
    void clientIdentifierIsBounded(Version version, Lab lab) { // max-client-id-bytes, [MQTT-3.1.3-8]
        lab.connect(version, connect("i".repeat(23)));
        RawClient client = lab.open(version);

        client.send(connect("i".repeat(24)));

        client.expectRefused(2, Reason.CLIENT_IDENTIFIER_NOT_VALID);
    }

    /** It had 39 bytes, so its client was refused when it came back with it. */
    @Test
    void assignedClientIdentifierIsWithinTheBound(Lab lab) { // max-client-id-bytes, [MQTT-3.2.2-16]
        RawClient client = lab.connect(Version.V5, connect(""));
        String assigned = client.connack().properties().text(Prop.ASSIGNED_CLIENT_IDENTIFIER);
        client.disconnect();

        RawClient back = lab.connect(Version.V5, connect(assigned));

        assertThat(back.connack().properties().has(Prop.ASSIGNED_CLIENT_IDENTIFIER))
                .isFalse();
    }

    /** A client that takes so little is refused without words [MQTT-3.2.2-19], also where its CONNECT was not read to its end. */
    @ParameterizedTest
    @ValueSource(strings = {"iiiiiiiiiiiiiiiiiiiiiiii", "will"})
    void aRefusalIsNotLongerThanTheClientTakes(String why, Lab lab) {
        for (int most : new int[] {5, 12, 200}) {
            RawClient client = lab.open(Version.V5);
            Connect asked = connect(why)
                    .with(Prop.AUTHENTICATION_METHOD, "x")
                    .with(Prop.RECEIVE_MAXIMUM, 7)
                    .with(Prop.MAXIMUM_PACKET_SIZE, most);
            client.send(why.equals("will") ? asked.will(publish("wild/#", "x")) : asked);

            Packet refusal = client.expect(CONNACK);

            assertThat(refusal.reason()).isGreaterThanOrEqualTo(0x80);
            assertThat(refusal.size()).isLessThanOrEqualTo(most);
            assertThat(refusal.properties().has(Prop.REASON_STRING)).isEqualTo(most == 200);
            client.expectClosed();
        }
    }

    /** Both counted as new, so that the second was refused: it replaces the first, as in a SUBSCRIBE of its own [MQTT-3.8.4-5]. */
    @ParameterizedTest
    @EnumSource
    void lastSubscriptionOfAClientMayStandTwiceInItsSubscribe(Version version, Lab lab) {
        RawClient client = lab.connect(version);
        for (int i = 0; i < 5; i++) {
            client.subscribed(lab.topic("s" + i), 0);
        }

        client.send(
                subscribe(7).to(lab.topic("last"), 0).to(lab.topic("last"), 1).to(lab.topic("more"), 0));

        assertThat(client.expect(SUBACK).reasons())
                .containsExactly(0, 1, version.isV5() ? Reason.QUOTA_EXCEEDED : 0x80);
        client.send(unsubscribe(8, lab.topic("last")));
        client.expect(UNSUBACK);
        client.subscribed(lab.topic("more"), 0);
    }

    @ParameterizedTest
    @EnumSource
    void subscriptionsOfAClientAreBounded(Version version, Lab lab) { // max-subscriptions-per-client
        RawClient client = lab.connect(version);
        for (int i = 0; i < 6; i++) {
            client.subscribed(lab.topic("s" + i), 0);
        }

        client.send(subscribe(lab.topic("s6"), 0));
        assertThat(client.expect(SUBACK).reasons()).containsExactly(version.isV5() ? Reason.QUOTA_EXCEEDED : 0x80);

        client.subscribed(lab.topic("s0"), 1);
        client.send(unsubscribe(2, lab.topic("s1")));
        client.expect(UNSUBACK);
        client.subscribed(lab.topic("s6"), 0);
    }

    /** Each that was granted counted as one more, so all but the first were refused. */
    @ParameterizedTest
    @EnumSource
    void clientWithAsManySubscriptionsAsItMayHaveReplacesSeveralAtOnce(Version version, Lab lab) {
        RawClient client = lab.connect(version);
        for (int i = 0; i < 6; i++) {
            client.subscribed(lab.topic("f" + i), 0);
        }

        client.subscribed(
                subscribe(1).to(lab.topic("f0"), 1).to(lab.topic("f1"), 1).to(lab.topic("f2"), 1));

        client.send(subscribe(2).to(lab.topic("f0"), 0).to(lab.topic("f6"), 0));
        assertThat(client.expect(SUBACK).reasons()).containsExactly(0, version.isV5() ? Reason.QUOTA_EXCEEDED : 0x80);
    }

    @ParameterizedTest
    @EnumSource
    void filtersOfOneSubscribeAreBounded(Version version, Lab lab) { // max-filters-per-subscribe
        RawClient client = lab.connect(version);
        Subscribe many = subscribe(1);
        for (int i = 0; i < 5; i++) {
            many.to(lab.topic("f" + i), 0);
        }

        client.send(many);

        int refused = version.isV5() ? Reason.QUOTA_EXCEEDED : 0x80;
        assertThat(client.expect(SUBACK).reasons()).containsExactly(0, 0, 0, 0, refused);
        client.send(publish(lab.topic("f4"), "to nobody"), publish(lab.topic("f3"), "to the last one"));
        client.expectPublish("to the last one");
    }

    @ParameterizedTest
    @EnumSource
    void filtersOfOneUnsubscribeAreNotBounded(Version version, Lab lab) { // it makes room
        RawClient client = lab.connect(version).subscribed(lab.topic("4"), 0);

        client.send(unsubscribe(2, lab.topic("0"), lab.topic("1"), lab.topic("2"), lab.topic("3"), lab.topic("4")));

        client.expect(UNSUBACK);
        client.send(publish(lab.topic("4"), "to nobody"));
        client.expectAlive();
    }

    @Test
    void topicAliasesAreBounded(Lab lab) { // topic-alias-maximum
        RawClient client = lab.connect(Version.V5);
        assertThat(client.connack().properties().number(Prop.TOPIC_ALIAS_MAXIMUM))
                .isEqualTo(2);

        client.send(publish(lab.topic("a"), "x").with(Prop.TOPIC_ALIAS, 3));

        client.expectDisconnected(Reason.TOPIC_ALIAS_INVALID);
    }

    @Test
    void userPropertiesAreBoundedInNumberAndBytes(Lab lab) { // max-user-properties, max-user-property-bytes
        RawClient three = lab.connect(Version.V5);
        three.send(publish(lab.topic("a"), "x")
                .userProperty("a", "")
                .userProperty("b", "")
                .userProperty("c", ""));
        three.expectAlive();
        Publish tooMany = publish(lab.topic("a"), "x");
        for (int i = 0; i < 4; i++) {
            tooMany.userProperty("k", "v");
        }

        three.send(tooMany);
        expectDisconnectedForSomeReason(three);

        RawClient bytes = lab.connect(Version.V5);
        bytes.send(publish(lab.topic("a"), "x").userProperty("k", "v".repeat(100)));
        expectDisconnectedForSomeReason(bytes);
    }

    @Test
    void userPropertiesOfConnectAndOfItsWillAreBounded(Lab lab) { // CVE-2021-41039
        Connect inConnect = connect(lab.id("a"));
        Publish will = publish(lab.topic("will"), "x");
        for (int i = 0; i < 4; i++) {
            inConnect.userProperty("k", "v");
            will.userProperty("k", "v");
        }

        for (Connect connect : List.of(inConnect, connect(lab.id("b")).will(will))) {
            RawClient client = lab.open(Version.V5);
            client.send(connect);
            Packet answer = client.next();
            assertThat(answer == null || answer.reason() >= 0x80).isTrue();
        }
    }

    private static void expectDisconnectedForSomeReason(RawClient client) {
        Packet answer = client.expect(DISCONNECT);
        assertThat(answer.reason()).isGreaterThanOrEqualTo(0x80);
        client.expectClosed();
    }

    @ParameterizedTest
    @EnumSource
    void willIsBounded(Version version, Lab lab) { // max-will-bytes
        lab.connect(version, connect(lab.id("a")).will(publish(lab.topic("will"), new byte[50])))
                .disconnect();
        RawClient client = lab.open(version);

        client.send(connect(lab.id("b")).will(publish(lab.topic("will"), new byte[51])));

        if (version.isV5()) {
            assertThat(client.expect(CONNACK).reason())
                    .withRepresentation(Codes.IN_HEX)
                    .isIn(Reason.QUOTA_EXCEEDED, Reason.PACKET_TOO_LARGE);
        } else {
            Packet answer = client.next();
            assertThat(answer == null || answer.reason() != 0).isTrue();
        }
    }

    @Test
    void retainedMessagesAreBoundedInNumberAndInBytes(Lab lab) { // max-retained, max-retained-bytes
        RawClient client = lab.connect(Version.V5);
        for (int i = 0; i < 5; i++) {
            client.published(publish(lab.topic("r" + i), "x").qos(1).retained(), 1);
        }

        client.send(publish(lab.topic("r5"), "x").atLeastOnce(1).retained());
        assertThat(client.expect(PUBACK).reason())
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(Reason.QUOTA_EXCEEDED);
        client.published(publish(lab.topic("r0"), "replaced").qos(1).retained(), 1);
        client.send(publish(lab.topic("r1"), new byte[101]).atLeastOnce(1).retained());
        assertThat(client.expect(PUBACK).reason())
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(Reason.QUOTA_EXCEEDED);
        client.published(
                publish(lab.topic("r2"), "p".repeat(100))
                        .with(Prop.CONTENT_TYPE, "not counted")
                        .qos(1)
                        .retained(),
                1);

        RawClient subscriber = lab.connect(Version.V5);
        subscriber.subscribed(lab.topic("r5"), 0).expectAlive();
        subscriber.subscribed(lab.topic("r0"), 0).expectPublish("replaced");
        subscriber.subscribed(lab.topic("r1"), 0).expectPublish("x");
        subscriber.subscribed(lab.topic("r2"), 0).expectPublish("p".repeat(100));
        for (int i = 0; i < 5; i++) {
            client.published(publish(lab.topic("r" + i), "").qos(1).retained(), 1);
        }
        client.published(publish(lab.topic("r5"), "room again").qos(1).retained(), 1);
        client.published(publish(lab.topic("r5"), "").qos(1).retained(), 1);
    }

    /** It was told success. Only PUBREC has a word for it, and what PUBREC refuses nobody gets. */
    @Test
    void retainedMessageThatIsTooLargeIsRefusedWholeAtQos2(Lab lab) { // max-retained-bytes, [MQTT-4.3.3-9]
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("big"), 0);
        RawClient client = lab.connect(Version.V5);

        client.send(publish(lab.topic("big"), new byte[101]).exactlyOnce(1).retained());

        assertThat(client.expect(PUBREC).reason())
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(Reason.QUOTA_EXCEEDED);
        client.published(publish(lab.topic("big"), "p".repeat(100)).qos(2).retained(), 1);
        subscriber.expectPublish("p".repeat(100));
        RawClient older = lab.connect(Version.V3_1_1);
        older.published(publish(lab.topic("big"), "o".repeat(101)).qos(2).retained(), 1);
        subscriber.expectPublish("o".repeat(101));
        lab.connect(Version.V5).subscribed(lab.topic("big"), 0).expectPublish("p".repeat(100));
        client.published(publish(lab.topic("big"), "").qos(1).retained(), 2);
    }

    /** A client identifier may hold wildcards, a topic name may not: the client was given one to which it could not publish. */
    @ParameterizedTest
    @CsvSource({"plain, true", "a+b, false", "a#, false", "a/b/c/d/e/f, true", "a/b/c/d/e/f/g, false"})
    void responseInformationBeginsATopicNameOrIsLeftOut(String clientId, boolean isGiven, Lab lab) {
        RawClient client = lab.connect(Version.V5, connect(clientId).with(Prop.REQUEST_RESPONSE_INFORMATION, 1));

        assertThat(client.connack().properties().has(Prop.RESPONSE_INFORMATION)).isEqualTo(isGiven);
        if (isGiven) {
            String topic = client.connack().properties().text(Prop.RESPONSE_INFORMATION) + "1";
            client.subscribed(topic, 0).send(publish(topic, "answer"));
            client.expectPublish("answer");
        }
    }

    @ParameterizedTest
    @EnumSource
    void membersOfASharedSubscriptionAreBounded(Version version, Lab lab) { // max-shared-group-members
        String filter = lab.shared("g", "a");
        RawClient first = lab.connect(version).subscribed(filter, 0);
        lab.connect(version).subscribed(filter, 0);
        RawClient third = lab.connect(version);

        third.send(Subscribe.subscribe(filter, 0));

        Refusals.expectNotGranted(third, Reason.QUOTA_EXCEEDED);
        first.subscribed(filter, 1);
        first.disconnect();
        lab.connect(version).subscribed(filter, 0).expectAlive();
    }

    @Test
    void slowReaderLosesItsConnectionAndNotTheHeap(Lab lab) { // outbound-drop-bytes, outbound-close-bytes, write-stall
        RawClient slow = lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), Version.V3_1_1)
                .connected(lab.anonymous().keepAlive(0))
                .subscribed(lab.topic("flood"), 0);
        RawClient publisher = lab.connect(Version.V5);
        RawClient good = lab.connect(Version.V5).subscribed(lab.topic("end"), 0);
        long before = lab.gateway().residentBytes();

        Outgoing message = publish(lab.topic("flood"), new byte[4_000]);
        Outgoing[] burst = new Outgoing[16];
        Arrays.fill(burst, message);
        for (int i = 0; i < 1_000; i++) {
            publisher.send(burst);
        }
        publisher.send(publish(lab.topic("end"), "end"));

        good.expectPublish("end");
        assertThat(lab.gateway().residentBytes() - before).isLessThan(100_000_000);
        await().pollInterval(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    good.expectAlive();
                    return !slow.trySend(Packets.PINGREQ);
                });
    }
}
