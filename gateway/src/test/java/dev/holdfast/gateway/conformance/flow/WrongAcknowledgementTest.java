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
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An acknowledgement of another kind than the message in flight calls for is a protocol error [MQTT-4.13.1-1]. It was
 * ignored, and the message stayed in flight until the client came back.
 */
@OnGateway
final class WrongAcknowledgementTest {
    private static final String COUNTED =
            "mqtt_gateway_disconnects_total{by=\"server\",reason=\"wrong_acknowledgement\"}";

    @ParameterizedTest
    @CsvSource({
        "V5,2,PUBACK", "V5,1,PUBREC", "V5,1,PUBCOMP", "V5,2,PUBCOMP",
        "V3_1_1,2,PUBACK", "V3_1_1,1,PUBREC", "V3_1_1,1,PUBCOMP", "V3_1_1,2,PUBCOMP",
        "V3_1,2,PUBACK", "V3_1,1,PUBREC", "V3_1,1,PUBCOMP", "V3_1,2,PUBCOMP"
    })
    void ofTheWrongKindEndsTheConnectionAndIsCounted(Version version, int qos, PacketType type, Lab lab) {
        double before = lab.gateway().metric(COUNTED);
        RawClient subscriber = lab.connect(version, kept(lab.id("s"))).subscribed(lab.topic("t"), qos);
        lab.connect(version).published(publish(lab.topic("t"), "m").qos(qos), 1);
        int packetId = subscriber.expectPublish("m").packetId();

        subscriber.send(ack(type, packetId));

        subscriber.expectDisconnected(Reason.PROTOCOL_ERROR);
        await().untilAsserted(() -> assertThat(lab.gateway().metric(COUNTED)).isGreaterThan(before));
        // The message is still owed.
        assertThat(lab.connect(version, kept(lab.id("s"))).take().text()).isEqualTo("m");
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void pubackBehindPubrelEndsTheConnection(Version version, Lab lab) {
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("t"), 2);
        lab.connect(version).published(publish(lab.topic("t"), "m").qos(2), 1);
        int packetId = subscriber.expectPublish("m").packetId();
        subscriber.send(ack(PUBREC, packetId));
        subscriber.expectAck(PUBREL, packetId);

        subscriber.send(ack(PUBACK, packetId));

        subscriber.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void whatRepeatsAnAcknowledgementOrBelongsToNothingInFlightDoesNotEndIt(Version version, Lab lab) {
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("t"), 2);
        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("t"), "one").qos(1), 1);
        publisher.published(publish(lab.topic("t"), "two").qos(2), 2);
        publisher.published(publish(lab.topic("t"), "three").qos(1), 3);
        int one = subscriber.expectPublish("one").packetId();
        int two = subscriber.expectPublish("two").packetId();
        int three = subscriber.expectPublish("three").packetId();

        subscriber.send(ack(PUBACK, three), ack(PUBACK, three), ack(PUBACK, 4_711), ack(PUBCOMP, 4_711));
        subscriber.send(ack(PUBREC, two));
        subscriber.expectAck(PUBREL, two);
        subscriber.send(ack(PUBREC, two));
        subscriber.expectAck(PUBREL, two);
        subscriber.send(ack(PUBCOMP, two), ack(PUBCOMP, two), ack(PUBACK, one), ack(PUBACK, one));

        subscriber.expectAlive();
    }
}
