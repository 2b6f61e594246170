// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnTightGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Codes;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A PUBLISH that is larger than the gateway takes. A client that does not heed the limit sends it again on each connection, so
 * that a close is no answer.
 */
@OnTightGateway
final class OversizePublishTest {
    private static final byte[] TOO_LARGE = new byte[5_000];

    @ParameterizedTest
    @EnumSource
    void mqtt5IsToldAtQos1AndItsNextMessageIsTaken(ClientTransport transport, Lab lab) {
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);
        RawClient client = lab.open(Version.V5, transport).connected(lab.anonymous());
        double before = dropped(lab);

        client.send(
                publish(lab.topic("a"), "before").atLeastOnce(1),
                publish(lab.topic("a"), TOO_LARGE).atLeastOnce(2),
                publish(lab.topic("a"), "behind").atLeastOnce(3));

        client.expectAck(PUBACK, 1);
        Packet refused = client.expect(PUBACK);
        assertThat(refused.packetId()).isEqualTo(2);
        assertThat(refused.reason()).withRepresentation(Codes.IN_HEX).isEqualTo(Reason.QUOTA_EXCEEDED);
        assertThat(refused.properties().text(Prop.REASON_STRING)).contains("4096 are allowed");
        client.expectAck(PUBACK, 3);
        assertThat(subscriber.take().text()).isEqualTo("before");
        assertThat(subscriber.take().text()).isEqualTo("behind");
        assertThat(dropped(lab)).isEqualTo(before + 1);
    }

    @Test
    void mqtt5IsToldAtQos2AndThePacketIdentifierIsFree(Lab lab) { // [MQTT-4.3.3-9]
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 2);
        RawClient client = lab.connect(Version.V5);

        client.send(publish(lab.topic("a"), TOO_LARGE).exactlyOnce(7));

        assertThat(client.expect(PUBREC).reason())
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(Reason.QUOTA_EXCEEDED);
        client.published(publish(lab.topic("a"), "next").qos(2), 7);
        assertThat(subscriber.take().text()).isEqualTo("next");
    }

    @Test
    void topicAliasThatItSetsHoldsForTheNextMessage(Lab lab) { // 5.0 section 3.3.2.3.4
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);
        RawClient client = lab.connect(Version.V5);

        client.send(publish(lab.topic("a"), TOO_LARGE).atLeastOnce(1).with(Prop.TOPIC_ALIAS, 2));
        client.expect(PUBACK);
        client.send(publish("", "aliased").atLeastOnce(2).with(Prop.TOPIC_ALIAS, 2));
        client.expectAck(PUBACK, 2);

        assertThat(subscriber.take().text()).isEqualTo("aliased");
    }

    @Test
    void theLogNamesClientTopicAndSizeOnceAMinute() {
        try (GatewayProcess gateway = GatewayProcess.start(
                        List.of(
                                "limits.max-packet-size=4KiB",
                                "limits.max-packet-size-before-auth=4KiB",
                                "limits.max-skipped-packet-size=8KiB"),
                        List.of());
                Lab lab = new Lab(gateway)) {
            RawClient client = lab.open(Version.V5).connected(Connect.connect("camera"));
            for (int id = 1; id <= 3; id++) {
                client.send(publish("front/door", TOO_LARGE).atLeastOnce(id));
                client.expect(PUBACK);
            }

            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.hasLogged("client=\"camera\"", "topic=\"front/door\"", "bytes=\"5018\""));
            client.send(publish("front/door", new byte[9_000]).atLeastOnce(4));
            client.expectDisconnected(Reason.PACKET_TOO_LARGE);
            assertThat(lines(gateway, "larger than limits.max-packet-size")).isEqualTo(1);
        }
    }

    private static long lines(GatewayProcess gateway, String part) {
        try (var lines = java.nio.file.Files.lines(gateway.log())) {
            return lines.filter(line -> line.contains(part)).count();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** More than is skipped: the beginning alone is looked at. */
    @Test
    void onePastTheBoundClosesTheConnectionWithoutBeingRead(Lab lab) {
        RawClient client = lab.connect(Version.V5);
        byte[] whole = publish(lab.topic("a"), new byte[5_000]).atLeastOnce(1).encode(Version.V5);
        byte[] claim = {0x32, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x7F};
        byte[] body = Arrays.copyOfRange(whole, 3, whole.length);

        client.trySendBytes(ByteBuffer.allocate(claim.length + body.length)
                .put(claim)
                .put(body)
                .array());

        client.expectDisconnected(Reason.PACKET_TOO_LARGE);
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1", "V3_1_1"})
    void olderClientIsClosedAndWhenItComesBackWithItKeptForAWhileInWhichTheRestIsTaken(Version version, Lab lab) {
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 1);
        Connect connect = Connect.kept(lab.id("p"));
        Publish large = publish(lab.topic("a"), TOO_LARGE).atLeastOnce(1);
        RawClient first = lab.connect(version, connect);
        first.trySend(large);
        first.expectClosed();

        RawClient second = lab.connect(version, connect);
        second.send(large.duplicate(), publish(lab.topic("a"), "behind").atLeastOnce(2));

        second.expectAck(PUBACK, 2);
        second.expectAlive();
        assertThat(subscriber.take().text()).isEqualTo("behind");
        second.expectClosed();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1", "V3_1_1"})
    void olderClientIsAcknowledgedWhereTheOperatorSaysSo(Version version) {
        try (InProcessGateway gateway = InProcessGateway.start(List.of(
                        "limits.max-packet-size=4KiB",
                        "limits.max-packet-size-before-auth=4KiB",
                        "limits.acknowledge-oversize-v3=true"));
                Lab lab = new Lab(gateway)) {
            RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 2);
            RawClient client = lab.connect(version);

            client.send(publish(lab.topic("a"), TOO_LARGE).atLeastOnce(1)).expectAck(PUBACK, 1);
            client.send(publish(lab.topic("a"), TOO_LARGE).exactlyOnce(2)).expectAck(PUBREC, 2);
            client.send(ack(PUBREL, 2)).expectAck(PUBCOMP, 2);
            client.published(publish(lab.topic("a"), "next").qos(1), 1);

            assertThat(subscriber.take().text()).isEqualTo("next");
        }
    }

    private static double dropped(Lab lab) {
        return lab.gateway().metric("mqtt_gateway_messages_dropped_total{cause=\"oversize\"}");
    }
}
