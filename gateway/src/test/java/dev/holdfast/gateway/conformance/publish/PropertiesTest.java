// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Codes;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a PUBLISH of MQTT 5.0 carries besides its payload (section 3.3.2.3). */
@OnGateway
final class PropertiesTest {
    @ParameterizedTest
    @EnumSource
    void userPropertiesArriveUntouchedAndInOrder(
            ClientTransport transport, Lab lab) { // [MQTT-3.3.2-17] [MQTT-3.3.2-18]
        RawClient publisher = lab.open(Version.V5, transport).connected(lab.anonymous());
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.published(
                publish(lab.topic("a"), "m")
                        .qos(1)
                        .userProperty("b", "2")
                        .userProperty("a", "1")
                        .userProperty("b", "2")
                        .userProperty("", "")
                        .userProperty("é", "ü"),
                1);

        assertThat(subscriber.take().properties().all(Prop.USER_PROPERTY))
                .containsExactly(
                        new Properties.Pair("b", "2"),
                        new Properties.Pair("a", "1"),
                        new Properties.Pair("b", "2"),
                        new Properties.Pair("", ""),
                        new Properties.Pair("é", "ü"));
    }

    @Test
    void contentTypeResponseTopicCorrelationDataAndFormatArriveUntouched(
            Lab lab) { // [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-20]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.published(
                publish(lab.topic("a"), "{}")
                        .qos(1)
                        .with(Prop.PAYLOAD_FORMAT_INDICATOR, 1)
                        .with(Prop.CONTENT_TYPE, "application/json")
                        .with(Prop.RESPONSE_TOPIC, "answers/é")
                        .with(Prop.CORRELATION_DATA, new byte[] {0, 1, (byte) 0xFF}),
                1);

        Properties properties = subscriber.take().properties();
        assertThat(properties.number(Prop.PAYLOAD_FORMAT_INDICATOR)).isEqualTo(1);
        assertThat(properties.text(Prop.CONTENT_TYPE)).isEqualTo("application/json");
        assertThat(properties.text(Prop.RESPONSE_TOPIC)).isEqualTo("answers/é");
        assertThat(properties.binary(Prop.CORRELATION_DATA)).containsExactly(0, 1, 0xFF);
    }

    @Test
    void propertiesAreLeftOutForOlderClients(Lab lab) {
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V3_1_1).subscribed(lab.topic("a"), 1);

        publisher.published(publish(lab.topic("a"), "m").qos(1).userProperty("k", "v"), 1);

        assertThat(subscriber.take().text()).isEqualTo("m");
    }

    @Test
    void messagesOfOlderClientsHaveNoProperties(Lab lab) {
        RawClient publisher = lab.connect(Version.V3_1_1);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.published(publish(lab.topic("a"), "m").qos(1), 1);

        assertThat(subscriber.take().properties().toString()).isEqualTo("[]");
    }

    @Test
    void payloadThatIsNotTheUtf8ItSaysIsRefused(Lab lab) { // 5.0 section 3.3.2.3.2
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.send(publish(lab.topic("a"), new byte[] {(byte) 0xC3, 0x28})
                .atLeastOnce(1)
                .with(Prop.PAYLOAD_FORMAT_INDICATOR, 1));

        Packet answer = publisher.expect(PUBACK);
        assertThat(answer.reason()).withRepresentation(Codes.IN_HEX).isEqualTo(Reason.PAYLOAD_FORMAT_INVALID);
        subscriber.expectAlive();
    }

    @Test
    void payloadWithoutAFormatIsNotLookedAt(Lab lab) {
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);
        byte[] notText = {(byte) 0xC3, 0x28};

        publisher.published(publish(lab.topic("a"), notText).qos(1).with(Prop.PAYLOAD_FORMAT_INDICATOR, 0), 1);

        assertThat(subscriber.take().payload()).isEqualTo(notText);
    }

    @Test
    void responseTopicWithWildcardsIsAProtocolError(Lab lab) { // [MQTT-3.3.2-14] [MQTT-3.3.2-13]
        RawClient publisher = lab.connect(Version.V5);

        publisher.send(publish(lab.topic("a"), "m").with(Prop.RESPONSE_TOPIC, "a/#"));

        publisher.expectDisconnectedWithAnyOf(
                Reason.PROTOCOL_ERROR, Reason.TOPIC_NAME_INVALID, Reason.MALFORMED_PACKET);
    }

    @Test
    void messageExpiryIntervalArrives(Lab lab) { // [MQTT-3.3.2-6]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.published(publish(lab.topic("a"), "m").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 100), 1);

        assertThat(subscriber.take().properties().number(Prop.MESSAGE_EXPIRY_INTERVAL))
                .isBetween(99L, 100L);
    }

    @Test
    void greatestMessageExpiryIntervalIsNotAnOverflow(Lab lab) {
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);

        publisher.published(publish(lab.topic("a"), "m").qos(1).with(Prop.MESSAGE_EXPIRY_INTERVAL, 0xFFFFFFFFL), 1);

        assertThat(subscriber.take().properties().number(Prop.MESSAGE_EXPIRY_INTERVAL))
                .isGreaterThan(0xFFFFFF00L);
    }

    @Test
    void subscriptionIdentifierFromAClientIsAProtocolError(Lab lab) { // [MQTT-3.3.4-6]
        RawClient publisher = lab.connect(Version.V5);

        publisher.send(publish(lab.topic("a"), "m").with(Prop.SUBSCRIPTION_IDENTIFIER, 1));

        publisher.expectDisconnectedWithAnyOf(Reason.PROTOCOL_ERROR, Reason.MALFORMED_PACKET);
    }
}
