// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Retained messages (MQTT 3.1.1 section 3.3.1.3; MQTT 5.0 sections 3.3.1.3 and 3.8.3.1). */
@OnGateway
final class RetainedTest {
    @ParameterizedTest
    @EnumSource
    void newSubscriptionIsGivenTheRetainedMessage(Dialect dialect, Lab lab) { // [MQTT-3.3.1-6]
        lab.connect(dialect).published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);
        RawClient subscriber = lab.connect(dialect);

        subscriber.subscribed(lab.topic("a"), 1);

        Packet received = subscriber.take();
        assertThat(received.text()).isEqualTo("kept");
        assertThat(received.isRetain())
                .as("RETAIN of a retained one [MQTT-3.3.1-8]")
                .isTrue();
        assertThat(received.qos()).isEqualTo(1);
        subscriber.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void laterRetainedMessageReplacesTheEarlier(Version version, Lab lab) { // [MQTT-3.3.1-5]
        RawClient publisher = lab.connect(version);
        for (int qos = 0; qos <= 2; qos++) {
            publisher.published(publish(lab.topic("a"), "old").qos(1).retained(), 1);
            publisher.published(publish(lab.topic("a"), "new").qos(qos).retained(), 2);
            publisher.expectAlive();

            RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 0);

            subscriber.expectPublish("new");
            subscriber.expectAlive();
        }
    }

    @ParameterizedTest
    @EnumSource
    void emptyRetainedMessageClearsTheTopicAndIsDeliveredLive(Version version, Lab lab) { // [MQTT-3.3.1-7]
        RawClient publisher = lab.connect(version);
        RawClient live = lab.connect(version).subscribed(lab.topic("a"), 0);
        publisher.published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);
        live.expectPublish("kept");

        publisher.published(publish(lab.topic("a"), "").qos(1).retained(), 2);

        live.expectPublish("");
        lab.connect(version).subscribed(lab.topic("a"), 0).expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void ordinaryMessageLeavesTheRetainedOneAlone(Version version, Lab lab) { // [MQTT-3.3.1-8]
        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);

        publisher.published(publish(lab.topic("a"), "live").qos(1), 2);
        publisher.published(publish(lab.topic("a"), "").qos(1), 3);

        lab.connect(version).subscribed(lab.topic("a"), 0).expectPublish("kept");
    }

    @ParameterizedTest
    @EnumSource
    void existingSubscriptionGetsRetainedPublishesWithoutTheFlag(Dialect dialect, Lab lab) { // [MQTT-3.3.1-9]
        RawClient subscriber = lab.connect(dialect).subscribed(lab.topic("a"), 1);

        lab.connect(dialect).published(publish(lab.topic("a"), "m").qos(1).retained(), 1);

        assertThat(subscriber.take().isRetain()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void wildcardBringsEveryMatchingRetainedMessage(Version version, Lab lab) {
        RawClient publisher = lab.connect(version);
        for (String level : List.of("a", "a/b", "a/c", "d")) {
            publisher.published(publish(lab.topic(level), level).qos(1).retained(), 1);
        }

        RawClient all = lab.connect(version).subscribed(lab.topic("a/#"), 0);
        RawClient some = lab.connect(version).subscribed(lab.topic("a/+"), 0);

        assertThat(all.expectPublishes(3)).containsExactlyInAnyOrder("a", "a/b", "a/c");
        all.expectAlive();
        assertThat(some.expectPublishes(2)).containsExactlyInAnyOrder("a/b", "a/c");
        some.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void subscribingAgainBringsTheRetainedMessageAgain(Version version, Lab lab) { // [MQTT-3.8.4-3]
        lab.connect(version).published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 0);
        subscriber.expectPublish("kept");

        subscriber.subscribed(lab.topic("a"), 0);

        subscriber.expectPublish("kept");
    }

    @Test
    void retainHandlingSaysWhetherRetainedMessagesAreSent(Lab lab) { // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]
        lab.connect(Version.V5).published(publish(lab.topic("a"), "kept").qos(1).retained(), 1);
        RawClient subscriber = lab.connect(Version.V5);

        subscriber.subscribed(lab.topic("a"), Subscribe.RETAIN_NEVER).expectAlive();
        subscriber.subscribed(lab.topic("a"), Subscribe.RETAIN_IF_NEW).expectAlive();
        subscriber.subscribed(lab.topic("a"), 0).expectPublish("kept");
        subscriber.subscribed(lab.topic("+"), Subscribe.RETAIN_IF_NEW).expectPublish("kept");
        subscriber.subscribed(lab.topic("+"), Subscribe.RETAIN_IF_NEW).expectAlive();
    }

    @Test
    void retainAsPublishedKeepsTheFlag(Lab lab) { // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
        RawClient publisher = lab.connect(Version.V5);
        RawClient keeps = lab.connect(Version.V5).subscribed(lab.topic("a"), Subscribe.RETAIN_AS_PUBLISHED);
        RawClient clears = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);

        publisher.send(publish(lab.topic("a"), "retained").retained(), publish(lab.topic("a"), "plain"));

        assertThat(keeps.expectPublish("retained").isRetain()).isTrue();
        assertThat(keeps.expectPublish("plain").isRetain()).isFalse();
        assertThat(clears.expectPublish("retained").isRetain()).isFalse();
        assertThat(clears.expectPublish("plain").isRetain()).isFalse();
    }

    @Test
    void retainedMessageKeepsItsPropertiesAndBringsTheSubscriptionIdentifier(Lab lab) { // [MQTT-3.3.4-3]
        lab.connect(Version.V5)
                .published(
                        publish(lab.topic("a"), "m")
                                .qos(1)
                                .retained()
                                .with(Prop.CONTENT_TYPE, "text/plain")
                                .userProperty("k", "v"),
                        1);

        RawClient subscriber =
                lab.connect(Version.V5).subscribed(subscribe(lab.topic("a"), 1).with(Prop.SUBSCRIPTION_IDENTIFIER, 5));

        Properties properties = subscriber.take().properties();
        assertThat(properties.text(Prop.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(properties.all(Prop.USER_PROPERTY)).containsExactly(new Properties.Pair("k", "v"));
        assertThat(properties.all(Prop.SUBSCRIPTION_IDENTIFIER)).containsExactly(5L);
    }

    @Test
    void messageExpiryShrinksWhileTheMessageWaitsAndThenRemovesIt(Lab lab) { // [MQTT-3.3.2-5] [MQTT-3.3.2-6]
        lab.connect(Version.V5)
                .published(publish(lab.topic("a"), "m").qos(1).retained().with(Prop.MESSAGE_EXPIRY_INTERVAL, 3), 1);
        RawClient subscriber = lab.connect(Version.V5);

        await().atMost(Duration.ofSeconds(3)).untilAsserted(() -> {
            subscriber.subscribed(lab.topic("a"), 0);
            long left = subscriber.expectPublish("m").properties().number(Prop.MESSAGE_EXPIRY_INTERVAL);
            assertThat(left).isBetween(1L, 2L);
        });
        await().atMost(Duration.ofSeconds(6)).untilAsserted(() -> {
            subscriber.subscribed(lab.topic("a"), 0);
            subscriber.send(Packets.PINGREQ);
            Packet next = subscriber.expectAny();
            if (next.type() == PUBLISH) {
                subscriber.expect(PINGRESP);
            }
            assertThat(next.type()).isEqualTo(PINGRESP);
        });
    }

    @ParameterizedTest
    @EnumSource
    void retainedMessageIsSentAtTheLowerQos(Version version, Lab lab) {
        lab.connect(version).published(publish(lab.topic("a"), "m").qos(2).retained(), 1);
        for (int granted = 0; granted <= 2; granted++) {
            RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), granted);

            assertThat(subscriber.take().qos()).isEqualTo(granted);
        }
    }

    @ParameterizedTest
    @EnumSource
    void retainedMessageIsThereAsSoonAsItIsAcknowledged(Version version, Lab lab) { // sessions.md invariant 8
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version);
        for (int i = 0; i < 20; i++) {
            publisher.published(publish(lab.topic("n" + i), "m" + i).qos(1).retained(), 1);
            subscriber.subscribed(lab.topic("n" + i), 0).expectPublish("m" + i);
        }
    }

    @Test
    void retainedMessageOfADollarTopicIsNotForLeadingWildcards(Lab lab) { // [MQTT-4.7.2-1]
        String topic = "$own/" + lab.topic("x").replace('/', '-');
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(topic, "hidden").qos(1).retained(), 1);
        RawClient subscriber = lab.connect(Version.V5);

        subscriber.subscribed(topic.replace("$own/", "+/"), 0).expectAlive();
        subscriber.subscribed(topic, 0).expectPublish("hidden");

        publisher.published(publish(topic, "").qos(1).retained(), 2);
    }
}
