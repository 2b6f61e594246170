// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.will;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wills (MQTT 3.1.1 section 3.1.2.5; MQTT 5.0 sections 3.1.2.5 and 3.1.3.2). */
@OnGateway
final class WillTest {
    @ParameterizedTest
    @EnumSource
    void willIsPublishedWhenTheConnectionBreaks(Dialect dialect, Lab lab) { // [MQTT-3.1.2-8]
        // [MQTT-3.1.2-7] [MQTT-3.1.2-14]
        RawClient watcher = lab.connect(dialect).subscribed(lab.topic("will"), 2);
        for (int qos = 0; qos <= 2; qos++) {
            RawClient client = lab.connect(
                    dialect,
                    connect(lab.id("a"))
                            .will(publish(lab.topic("will"), "gone" + qos).qos(qos)));

            client.close();

            Packet received = watcher.take();
            assertThat(received.text()).isEqualTo("gone" + qos);
            assertThat(received.qos()).isEqualTo(qos);
            assertThat(received.isRetain()).isFalse();
        }
        lab.connect(dialect).subscribed(lab.topic("will"), 2).expectAlive(); // it was not retained
    }

    @ParameterizedTest
    @EnumSource
    void willIsNotPublishedAfterDisconnect(Dialect dialect, Lab lab) { // [MQTT-3.1.2-10] [MQTT-3.14.4-3]
        RawClient watcher = lab.connect(dialect).subscribed(lab.topic("+"), 1);
        RawClient client = lab.connect(
                dialect,
                connect(lab.id("a")).will(publish(lab.topic("will"), "gone").qos(1)));

        client.disconnect();

        lab.connect(dialect).published(publish(lab.topic("end"), "end").qos(1), 1);
        watcher.expectPublish("end");
    }

    @Test
    void willIsPublishedAfterDisconnectWithWill(Lab lab) { // 5.0 section 3.14.2.1, reason code 0x04
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        RawClient client = lab.connect(
                Version.V5,
                connect(lab.id("a")).will(publish(lab.topic("will"), "gone").qos(1)));

        client.send(Packets.disconnect(Reason.DISCONNECT_WITH_WILL));

        assertThat(watcher.take().text()).isEqualTo("gone");
    }

    @ParameterizedTest
    @EnumSource
    void retainedWillIsRetained(Version version, Lab lab) { // [MQTT-3.1.2-15]
        RawClient watcher = lab.connect(version).subscribed(lab.topic("will"), 1);
        lab.connect(
                        version,
                        connect(lab.id("a"))
                                .will(publish(lab.topic("will"), "gone").qos(1).retained()))
                .close();
        watcher.take();

        RawClient late = lab.connect(version).subscribed(lab.topic("will"), 1);

        Packet received = late.take();
        assertThat(received.text()).isEqualTo("gone");
        assertThat(received.isRetain()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void willIsPublishedAfterAProtocolError(Version version, Lab lab) { // [MQTT-3.1.2-8]
        RawClient watcher = lab.connect(version).subscribed(lab.topic("will"), 1);
        RawClient client = lab.connect(
                version,
                connect(lab.id("a")).will(publish(lab.topic("will"), "gone").qos(1)));

        client.send(connect(lab.id("a")));

        assertThat(watcher.take().text()).isEqualTo("gone");
    }

    @ParameterizedTest
    @EnumSource
    void willIsPublishedOnTakeover(Version version, Lab lab) { // 5.0 section 3.1.4, [MQTT-3.1.2-8]
        RawClient watcher = lab.connect(version).subscribed(lab.topic("will"), 1);
        lab.connect(
                version,
                connect(lab.id("a")).will(publish(lab.topic("will"), "gone").qos(1)));

        lab.connect(version, connect(lab.id("a")));

        assertThat(watcher.take().text()).isEqualTo("gone");
    }

    @ParameterizedTest
    @EnumSource
    void emptyWillIsPublishedToo(Version version, Lab lab) {
        RawClient watcher = lab.connect(version).subscribed(lab.topic("will"), 1);
        lab.connect(
                        version,
                        connect(lab.id("a")).will(publish(lab.topic("will"), "").qos(1)))
                .close();

        assertThat(watcher.take().payload()).isEmpty();
    }

    @Test
    void willCarriesItsProperties(Lab lab) { // [MQTT-3.1.3-10], 5.0 section 3.1.3.2
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        Publish will = publish(lab.topic("will"), "gone")
                .qos(1)
                .with(Prop.PAYLOAD_FORMAT_INDICATOR, 1)
                .with(Prop.MESSAGE_EXPIRY_INTERVAL, 50)
                .with(Prop.CONTENT_TYPE, "text/plain")
                .with(Prop.RESPONSE_TOPIC, "r")
                .with(Prop.CORRELATION_DATA, new byte[] {7})
                .userProperty("b", "1")
                .userProperty("a", "2");

        lab.connect(Version.V5, connect(lab.id("a")).will(will)).close();

        Properties properties = watcher.take().properties();
        assertThat(properties.number(Prop.PAYLOAD_FORMAT_INDICATOR)).isEqualTo(1);
        assertThat(properties.number(Prop.MESSAGE_EXPIRY_INTERVAL)).isBetween(49L, 50L);
        assertThat(properties.text(Prop.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(properties.text(Prop.RESPONSE_TOPIC)).isEqualTo("r");
        assertThat(properties.binary(Prop.CORRELATION_DATA)).containsExactly(7);
        assertThat(properties.all(Prop.USER_PROPERTY))
                .containsExactly(new Properties.Pair("b", "1"), new Properties.Pair("a", "2"));
        assertThat(properties.has(Prop.WILL_DELAY_INTERVAL)).isFalse();
    }

    @Test
    void delayedWillWaitsForItsDelay(Lab lab) { // [MQTT-3.1.3-9]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        RawClient client = lab.connect(Version.V5, kept(lab.id("a")).will(delayedWill(lab, 2)));
        long closed = System.nanoTime();

        client.close();

        assertThat(watcher.take().text()).isEqualTo("gone");
        assertThat(Duration.ofNanos(System.nanoTime() - closed)).isGreaterThan(Duration.ofMillis(1_900));
    }

    @Test
    void resumingBeforeTheDelayCancelsTheWill(Lab lab) { // [MQTT-3.1.3-9]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("+"), 1);
        lab.connect(Version.V5, kept(lab.id("a")).will(delayedWill(lab, 1))).close();
        RawClient other = lab.connect(Version.V5, kept(lab.id("b")).will(delayedWill(lab, 2)));
        other.close();

        assertThat(lab.connect(Version.V5, kept(lab.id("a"))).connack().isSessionPresent())
                .isTrue();

        // The other client's will is due later: whatever came of the first one would be here before it.
        Packet received = watcher.take();
        assertThat(received.text()).isEqualTo("gone");
        watcher.expectAlive();
    }

    @Test
    void endOfTheSessionPublishesTheWillBeforeItsDelay(Lab lab) { // 5.0 section 3.1.3.2.2
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        Connect noSession = connect(lab.id("a")).will(delayedWill(lab, 3_000));
        Connect shortSession =
                connect(lab.id("b")).with(Prop.SESSION_EXPIRY_INTERVAL, 1).will(delayedWill(lab, 3_000));

        lab.connect(Version.V5, noSession).close();
        assertThat(watcher.take().text()).isEqualTo("gone");
        lab.connect(Version.V5, shortSession).close();

        assertThat(watcher.take().text()).isEqualTo("gone");
    }

    @Test
    void cleanStartPublishesTheDelayedWillOfTheSessionItEnds(Lab lab) { // 5.0 section 3.1.3.2.2
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 1);
        lab.connect(Version.V5, kept(lab.id("a")).will(delayedWill(lab, 3_000))).close();

        lab.connect(Version.V5, connect(lab.id("a")));

        assertThat(watcher.take().text()).isEqualTo("gone");
    }

    @Test
    void takeoverThatResumesTheSessionCancelsTheDelayedWill(Lab lab) { // 5.0 section 3.1.3.2.2, [MQTT-3.1.3-9]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("+"), 1);
        lab.connect(Version.V5, kept(lab.id("a")).will(delayedWill(lab, 1)));

        lab.connect(Version.V5, kept(lab.id("a")));

        lab.connect(Version.V5, kept(lab.id("b")).will(delayedWill(lab, 2))).close();
        assertThat(watcher.take().text()).isEqualTo("gone");
        watcher.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void willOfAnEarlierConnectIsForgottenWithANewOne(Version version, Lab lab) {
        RawClient watcher = lab.connect(version).subscribed(lab.topic("+"), 1);
        lab.connect(
                        version,
                        connect(lab.id("a"))
                                .will(publish(lab.topic("will"), "first").qos(1)))
                .disconnect();

        lab.connect(version, connect(lab.id("a"))).close();

        lab.connect(
                        version,
                        connect(lab.id("b"))
                                .will(publish(lab.topic("other"), "second").qos(1)))
                .close();
        assertThat(watcher.take().text()).isEqualTo("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/#", "+/b", ""})
    void willWithABadTopicIsRefused(String topic, Lab lab) {
        for (Version version : Version.values()) {
            RawClient client = lab.open(version);

            client.send(connect(lab.id("a")).will(publish(topic, "gone")));

            Packet answer = client.next();
            assertThat(answer == null || answer.reason() != 0).isTrue();
            if (answer != null) {
                client.expectClosed();
            }
        }
    }

    private static Publish delayedWill(Lab lab, int seconds) {
        return publish(lab.topic("will"), "gone").qos(1).with(Prop.WILL_DELAY_INTERVAL, seconds);
    }
}
