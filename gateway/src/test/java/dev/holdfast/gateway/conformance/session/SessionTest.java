// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that outlive their connection (MQTT 3.1.1 sections 3.1.2.4 and 4.4; MQTT 5.0 sections 4.1 and 4.4). */
@OnGateway
final class SessionTest {
    @ParameterizedTest
    @EnumSource
    void sessionPresentSaysWhetherThereWasASession(Dialect dialect, Lab lab) { // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
        boolean told = dialect.version != Version.V3_1;
        String id = lab.id("a");

        RawClient first = lab.connect(dialect, kept(id));
        first.disconnect();
        RawClient second = lab.connect(dialect, kept(id));
        second.close();
        RawClient third = lab.connect(dialect, kept(id));
        third.disconnect();
        RawClient clean = lab.connect(dialect, connect(id));
        clean.disconnect();
        RawClient afterClean = lab.connect(dialect, kept(id));

        assertThat(first.connack().isSessionPresent()).isFalse();
        assertThat(second.connack().isSessionPresent()).isEqualTo(told);
        assertThat(third.connack().isSessionPresent()).isEqualTo(told);
        assertThat(clean.connack().isSessionPresent()).as("[MQTT-3.1.2-4]").isFalse();
        assertThat(afterClean.connack().isSessionPresent()).as("[MQTT-3.1.2-6]").isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void subscriptionsAreKept(Dialect dialect, Lab lab) { // 5.0 section 4.1 [MQTT-4.1.0-1]
        lab.connect(dialect, kept(lab.id("a"))).subscribed(lab.topic("a/+"), 1).disconnect();
        RawClient back = lab.connect(dialect, kept(lab.id("a")));

        lab.connect(dialect).published(publish(lab.topic("a/b"), "m").qos(1), 1);

        assertThat(back.take().text()).isEqualTo("m");
    }

    @ParameterizedTest
    @EnumSource
    void removedSubscriptionsStayRemoved(Version version, Lab lab) {
        RawClient client = lab.connect(version, kept(lab.id("a")))
                .subscribed(subscribe(1).to(lab.topic("a"), 1).to(lab.topic("b"), 1));
        client.send(unsubscribe(2, lab.topic("a")));
        client.expect(UNSUBACK);
        client.disconnect();

        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("a"), "no").qos(1), 1);
        publisher.published(publish(lab.topic("b"), "yes").qos(1), 1);

        assertThat(lab.connect(version, kept(lab.id("a"))).take().text()).isEqualTo("yes");
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfEveryQosWaitInOrder(Dialect dialect, Lab lab) { // [MQTT-3.1.2-5], queue-qos0 [MQTT-4.5.0-1]
        lab.connect(dialect, kept(lab.id("a"))).subscribed(lab.topic("a"), 2).disconnect();
        RawClient publisher = lab.connect(dialect);
        for (int i = 0; i < 30; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(i % 3), 1 + i);
        }
        publisher.expectAlive();

        RawClient back = lab.connect(dialect, kept(lab.id("a")));

        for (int i = 0; i < 30; i++) {
            Packet received = back.take();
            assertThat(received.text()).isEqualTo("m" + i);
            assertThat(received.qos()).isEqualTo(i % 3);
            assertThat(received.isDup()).isFalse();
        }
        back.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void moreThanOneWindowWaitsAndComesWhole(Version version, Lab lab) {
        lab.connect(version, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(version);
        for (int i = 0; i < 300; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1 + i);
        }

        RawClient back = lab.connect(version, kept(lab.id("a")));

        for (int i = 0; i < 300; i++) {
            assertThat(back.take().text()).isEqualTo("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void unacknowledgedMessagesComeFirstAgainWithDupAndTheirIdentifiers(
            Dialect dialect, Lab lab) { // [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1]
        // [MQTT-4.3.2-3] [MQTT-4.3.3-3]
        RawClient before = lab.connect(dialect, kept(lab.id("a"))).subscribed(lab.topic("a"), 2);
        RawClient publisher = lab.connect(dialect);
        int[] ids = new int[4];
        for (int i = 0; i < 4; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1 + i % 2), 1 + i);
            ids[i] = before.expectPublish("m" + i).packetId();
        }
        before.vanish();
        publisher.published(publish(lab.topic("a"), "m4").qos(1), 9);

        RawClient back = lab.connect(dialect, kept(lab.id("a")));

        for (int i = 0; i < 4; i++) {
            Packet again = back.expectPublish("m" + i);
            assertThat(again.isDup()).isTrue();
            assertThat(again.packetId()).isEqualTo(ids[i]);
        }
        Packet fresh = back.expectPublish("m4");
        assertThat(fresh.isDup()).as("DUP of a first delivery [MQTT-3.3.1-1]").isFalse();
        assertThat(fresh.packetId()).isNotIn(ids[0], ids[1], ids[2], ids[3]);
    }

    @ParameterizedTest
    @EnumSource
    void acknowledgedMessagesDoNotComeAgain(Version version, Lab lab) {
        RawClient publisher = lab.connect(version);
        // Several rounds, since old and new connection may be on the same I/O thread or on two.
        for (int round = 0; round < 10; round++) {
            String id = lab.id("r" + round);
            String topic = lab.topic("r" + round);
            RawClient before = lab.connect(version, kept(id)).subscribed(topic, 1);
            int[] ids = new int[4];
            for (int i = 0; i < 4; i++) {
                publisher.published(publish(topic, "m" + i).qos(1), 1 + i);
                ids[i] = before.expectPublish("m" + i).packetId();
            }
            before.send(ack(PUBACK, ids[0]), ack(PUBACK, ids[2]));
            before.expectAlive();
            before.close();

            RawClient back = lab.connect(version, kept(id));

            assertThat(back.take().text()).isEqualTo("m1");
            assertThat(back.take().text()).isEqualTo("m3");
            back.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void pubrelIsSentAgainInsteadOfTheMessage(Dialect dialect, Lab lab) { // [MQTT-4.4.0-1] [MQTT-4.3.3-5]
        RawClient before = lab.connect(dialect, kept(lab.id("a"))).subscribed(lab.topic("a"), 2);
        lab.connect(dialect).published(publish(lab.topic("a"), "m").qos(2), 1);
        int id = before.expectPublish("m").packetId();
        before.send(ack(PUBREC, id));
        before.expectAck(PUBREL, id);
        before.close();

        RawClient back = lab.connect(dialect, kept(lab.id("a")));

        back.expectAck(PUBREL, id);
        back.send(ack(PUBCOMP, id));
        back.expectAlive();
        back.disconnect();
        lab.connect(dialect, kept(lab.id("a"))).expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void incomingQos2IdentifiersAreRememberedOverAReconnect(Dialect dialect, Lab lab) { // [MQTT-4.3.3-10], section 4.1
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("a"), 2);
        RawClient before = lab.connect(dialect, kept(lab.id("a")));
        before.send(publish(lab.topic("a"), "once").exactlyOnce(5));
        before.expectAck(PUBREC, 5);
        before.close();

        RawClient back = lab.connect(dialect, kept(lab.id("a")));
        back.send(publish(lab.topic("a"), "once").exactlyOnce(5).duplicate());
        back.expectAck(PUBREC, 5);
        back.send(ack(PUBREL, 5));
        back.expectAck(PUBCOMP, 5);
        back.published(publish(lab.topic("a"), "next").qos(2), 6);

        assertThat(subscriber.take().text()).isEqualTo("once");
        assertThat(subscriber.take().text()).isEqualTo("next");
    }

    @ParameterizedTest
    @EnumSource
    void pubrelAfterAReconnectReleasesTheMessage(Version version, Lab lab) {
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 2);
        RawClient before = lab.connect(version, kept(lab.id("a")));
        before.send(publish(lab.topic("a"), "once").exactlyOnce(5));
        before.expectAck(PUBREC, 5);
        before.close();

        RawClient back = lab.connect(version, kept(lab.id("a")));
        back.send(ack(PUBREL, 5));
        Packet pubcomp = back.expect(PUBCOMP);

        assertThat(pubcomp.reason()).isZero();
        assertThat(subscriber.take().text()).isEqualTo("once");
    }

    @ParameterizedTest
    @EnumSource
    void cleanSessionIsErasedWithItsMessages(Version version, Lab lab) { // [MQTT-3.1.2-6], 5.0 [MQTT-3.1.2-4]
        lab.connect(version, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        lab.connect(version).published(publish(lab.topic("a"), "old").qos(1), 1);

        RawClient clean = lab.connect(version, connect(lab.id("a")));
        clean.expectAlive();
        lab.connect(version).published(publish(lab.topic("a"), "new").qos(1), 1);

        clean.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void cleanSessionEndsWithItsConnection(Version version, Lab lab) {
        lab.connect(version, connect(lab.id("a"))).subscribed(lab.topic("a"), 1).close();
        lab.connect(version).published(publish(lab.topic("a"), "m").qos(1), 1);

        RawClient back = lab.connect(version, kept(lab.id("a")));

        assertThat(back.connack().isSessionPresent()).isFalse();
        back.expectAlive();
    }

    @Test
    void cleanStartWithAnExpiryMakesASessionThatIsKept(Lab lab) { // 5.0 section 3.1.2.4
        lab.connect(Version.V5, connect(lab.id("a")).with(Prop.SESSION_EXPIRY_INTERVAL, 60))
                .subscribed(lab.topic("a"), 1)
                .disconnect();
        lab.connect(Version.V5).published(publish(lab.topic("a"), "m").qos(1), 1);

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        assertThat(back.connack().isSessionPresent()).isTrue();
        assertThat(back.take().text()).isEqualTo("m");
    }

    @Test
    void messageExpiryIsCountedDownWhileTheMessageWaits(Lab lab) { // [MQTT-3.3.2-5] [MQTT-3.3.2-6]
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(lab.topic("a"), "short").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 1), 1);
        publisher.published(publish(lab.topic("a"), "long").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 100), 2);
        RawClient clock = lab.connect(Version.V5);
        publisher.published(
                publish(lab.topic("clock"), "x").qos(1).retained().with(Prop.MESSAGE_EXPIRY_INTERVAL, 100), 3);
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            clock.subscribed(lab.topic("clock"), 0);
            long left = clock.expectPublish("x").properties().number(Prop.MESSAGE_EXPIRY_INTERVAL);
            assertThat(left).isLessThanOrEqualTo(98);
        });

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")));

        Packet received = back.take();
        assertThat(received.text()).isEqualTo("long");
        assertThat(received.properties().number(Prop.MESSAGE_EXPIRY_INTERVAL)).isBetween(90L, 98L);
        back.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void sessionMayBeResumedOverTheOtherTransportAndInAnotherVersion(ClientTransport transport, Lab lab) {
        ClientTransport other = transport == ClientTransport.TCP ? ClientTransport.WEBSOCKET : ClientTransport.TCP;
        lab.open(Version.V3_1_1, transport)
                .connected(kept(lab.id("a")))
                .subscribed(lab.topic("a"), 1)
                .disconnect();
        lab.connect(Version.V5).published(publish(lab.topic("a"), "m").qos(1).userProperty("k", "v"), 1);

        RawClient back = lab.open(Version.V5, other).connected(kept(lab.id("a")));

        assertThat(back.connack().isSessionPresent()).isTrue();
        Packet received = back.take();
        assertThat(received.text()).isEqualTo("m");
        assertThat(received.properties().all(Prop.USER_PROPERTY)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void queuedMessagesKeepTheirPropertiesAndIdentifiers(ClientTransport transport, Lab lab) {
        lab.open(Version.V5, transport)
                .connected(kept(lab.id("a")))
                .subscribed(subscribe(lab.topic("a"), 1).with(Prop.SUBSCRIPTION_IDENTIFIER, 42))
                .disconnect();
        lab.connect(Version.V5)
                .published(
                        publish(lab.topic("a"), "m")
                                .qos(1)
                                .with(Prop.CONTENT_TYPE, "t")
                                .userProperty("k", "v"),
                        1);

        Properties properties = lab.open(Version.V5, transport)
                .connected(kept(lab.id("a")))
                .take()
                .properties();

        assertThat(properties.text(Prop.CONTENT_TYPE)).isEqualTo("t");
        assertThat(properties.all(Prop.USER_PROPERTY)).containsExactly(new Properties.Pair("k", "v"));
        assertThat(properties.all(Prop.SUBSCRIPTION_IDENTIFIER)).containsExactly(42L);
    }

    @ParameterizedTest
    @EnumSource
    void everyCrashPointOfAQos2DeliveryEndsWithOneMessage(Version version, Lab lab) { // sessions.md invariant 7
        for (int point = 0; point < 4; point++) {
            String id = lab.id("p" + point);
            String topic = lab.topic("p" + point);
            RawClient before = lab.connect(version, kept(id)).subscribed(topic, 2);
            lab.connect(version).published(publish(topic, "m").qos(2), 1);
            int packetId = before.expectPublish("m").packetId();
            if (point >= 1) {
                before.send(ack(PUBREC, packetId));
            }
            if (point >= 2) {
                before.expectAck(PUBREL, packetId);
            }
            if (point >= 3) {
                before.send(ack(PUBCOMP, packetId));
                before.expectAlive();
            }
            before.close();

            RawClient back = lab.connect(version, kept(id));
            if (point < 3) {
                Packet again = back.expectAny();
                assertThat(again.packetId()).isEqualTo(packetId);
                if (again.type() == PUBLISH) {
                    assertThat(point).as("PUBLISH again after PUBREL was seen").isLessThan(2);
                    back.send(ack(PUBREC, packetId));
                    again = back.expectAny();
                }
                assertThat(again.type()).isEqualTo(PUBREL);
                back.send(ack(PUBCOMP, packetId));
            }
            back.expectAlive();
            back.disconnect();
            lab.connect(version, kept(id)).expectAlive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void messageThatHasBeenSentDoesNotExpire(int qos, Lab lab) { // [MQTT-4.3.3-7]
        RawClient before = lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), qos);
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(lab.topic("a"), "sent").qos(qos).with(Prop.MESSAGE_EXPIRY_INTERVAL, 1), 1);
        int packetId = before.expectPublish("sent").packetId();
        before.vanish();
        publisher.published(publish(lab.topic("a"), "waits").qos(qos).with(Prop.MESSAGE_EXPIRY_INTERVAL, 1), 2);
        long start = System.nanoTime();
        await().until(() -> System.nanoTime() - start > 1_200_000_000L);

        RawClient after = lab.connect(Version.V5, kept(lab.id("a")));

        Packet again = after.take();
        assertThat(again.text()).isEqualTo("sent");
        assertThat(again.packetId()).isEqualTo(packetId);
        assertThat(again.isDup()).isTrue();
        after.expectAlive();
    }

    @Test
    void receiveMaximumOfTheServerCountsAnewAtEachConnection() { // section 4.9
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.receive-maximum=2"));
                Lab lab = new Lab(gateway)) {
            RawClient before = lab.connect(Version.V5, kept(lab.id("a")));
            for (int i = 1; i <= 2; i++) {
                before.send(publish(lab.topic("a"), "m").exactlyOnce(i));
                before.expectAck(PUBREC, i);
            }
            before.vanish();
            RawClient after = lab.connect(Version.V5, kept(lab.id("a")));

            after.published(publish(lab.topic("a"), "new").qos(1), 40);
            after.published(publish(lab.topic("a"), "new").qos(2), 41);

            for (int i = 1; i <= 2; i++) {
                after.send(ack(PUBREL, i));
                after.expectAck(PUBCOMP, i);
            }
        }
    }
}
