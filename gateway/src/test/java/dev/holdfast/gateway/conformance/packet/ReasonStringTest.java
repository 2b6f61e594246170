// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.packet;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnTightGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.Codes;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every refusal says in words what its reason code says in a number, to an MQTT 5.0 client that wants to hear it. */
@OnTightGateway
final class ReasonStringTest {
    private static final byte[] NOT_UTF8 = {(byte) 0xC3, 0x28};

    /** What a client sends, and the packet and code that answer it. */
    private record Refusal(String name, Function<Lab, Outgoing> sent, PacketType answer, int reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Refusal> connects() {
        return Stream.of(
                new Refusal("reserved flag", lab -> connect(lab.id("a")).flagsToo(1), CONNACK, Reason.MALFORMED_PACKET),
                new Refusal(
                        "Receive Maximum 0",
                        lab -> connect(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 0),
                        CONNACK,
                        Reason.PROTOCOL_ERROR),
                new Refusal(
                        "level 6",
                        lab -> version -> connect(lab.id("a")).encode(Version.V5, "MQTT", 6),
                        CONNACK,
                        Reason.UNSUPPORTED_PROTOCOL_VERSION),
                new Refusal(
                        "long client identifier",
                        lab -> connect("i".repeat(24)),
                        CONNACK,
                        Reason.CLIENT_IDENTIFIER_NOT_VALID),
                new Refusal("bad token", lab -> connect(lab.id("a")).password("ey.ey.ey"), CONNACK, 0x86),
                new Refusal(
                        "unknown method",
                        lab -> connect(lab.id("a")).with(Prop.AUTHENTICATION_METHOD, "none"),
                        CONNACK,
                        Reason.BAD_AUTHENTICATION_METHOD),
                new Refusal(
                        "will with a wildcard",
                        lab -> connect(lab.id("a")).will(publish("a/#", "w")),
                        CONNACK,
                        Reason.TOPIC_NAME_INVALID),
                new Refusal(
                        "large will",
                        lab -> connect(lab.id("a")).will(publish(lab.topic("w"), new byte[51])),
                        CONNACK,
                        Reason.QUOTA_EXCEEDED),
                new Refusal(
                        "will that is not UTF-8",
                        lab -> connect(lab.id("a"))
                                .will(publish(lab.topic("w"), NOT_UTF8).with(Prop.PAYLOAD_FORMAT_INDICATOR, 1)),
                        CONNACK,
                        Reason.PAYLOAD_FORMAT_INVALID));
    }

    @ParameterizedTest
    @MethodSource("connects")
    void refusedConnectIsToldWhy(Refusal refusal, Lab lab) { // section 3.2.2.3.9
        // [MQTT-3.2.2-7] [MQTT-3.2.2-8] [MQTT-3.14.0-1]
        RawClient client = lab.open(Version.V5);

        client.send(refusal.sent().apply(lab));

        expectWords(refusal, client);
        client.expectClosed();
    }

    static Stream<Refusal> ends() {
        return Stream.of(
                new Refusal("packet type 0", lab -> Outgoing.hex("00 00"), DISCONNECT, Reason.MALFORMED_PACKET),
                new Refusal("second CONNECT", lab -> connect(lab.id("b")), DISCONNECT, Reason.PROTOCOL_ERROR),
                new Refusal("silence", lab -> Packets.PINGREQ, DISCONNECT, Reason.KEEP_ALIVE_TIMEOUT),
                new Refusal("no topic filter", lab -> subscribe("", 0), DISCONNECT, Reason.TOPIC_FILTER_INVALID),
                new Refusal("wildcard in a topic name", lab -> publish("#", ""), DISCONNECT, Reason.TOPIC_NAME_INVALID),
                new Refusal(
                        "Topic Alias above the maximum",
                        lab -> publish(lab.topic("a"), "").with(Prop.TOPIC_ALIAS, 3),
                        DISCONNECT,
                        Reason.TOPIC_ALIAS_INVALID),
                new Refusal(
                        "Receive Maximum exceeded",
                        lab -> version -> sixAtQos2(lab),
                        DISCONNECT,
                        Reason.RECEIVE_MAXIMUM_EXCEEDED),
                new Refusal(
                        "large packet",
                        lab -> publish(lab.topic("a"), new byte[5_000]),
                        DISCONNECT,
                        Reason.PACKET_TOO_LARGE),
                new Refusal(
                        "many user properties",
                        lab -> publish(lab.topic("a"), "")
                                .userProperty("a", "")
                                .userProperty("b", "")
                                .userProperty("c", "")
                                .userProperty("d", ""),
                        DISCONNECT,
                        Reason.QUOTA_EXCEEDED),
                new Refusal(
                        "QoS 0 payload that is not UTF-8",
                        lab -> publish(lab.topic("a"), NOT_UTF8).with(Prop.PAYLOAD_FORMAT_INDICATOR, 1),
                        DISCONNECT,
                        Reason.PAYLOAD_FORMAT_INVALID));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void clientIsToldWhyItsConnectionEnds(Refusal refusal, Lab lab) { // section 3.14.2.2.3
        // [MQTT-3.14.4-2] [MQTT-4.13.2-1]
        RawClient client = lab.connect(Version.V5, lab.anonymous().keepAlive(1));

        client.trySend(refusal.sent().apply(lab));

        expectWords(refusal, client);
        client.expectClosed();
    }

    private static byte[] sixAtQos2(Lab lab) {
        ByteWriter out = new ByteWriter();
        for (int i = 1; i <= 6; i++) {
            out.raw(publish(lab.topic("a"), "").exactlyOnce(i).encode(Version.V5));
        }
        return out.toBytes();
    }

    static Stream<Refusal> packets() {
        return Stream.of(
                new Refusal(
                        "PUBLISH QoS 1 to $SYS", lab -> publish("$SYS/a", "").atLeastOnce(1), PUBACK, 0x87),
                new Refusal(
                        "PUBLISH QoS 2 to $SYS", lab -> publish("$SYS/a", "").exactlyOnce(1), PUBREC, 0x87),
                new Refusal(
                        "large retained message",
                        lab -> publish(lab.topic("a"), new byte[101]).retained().atLeastOnce(1),
                        PUBACK,
                        Reason.QUOTA_EXCEEDED),
                new Refusal(
                        "QoS 1 payload that is not UTF-8",
                        lab -> publish(lab.topic("a"), NOT_UTF8)
                                .with(Prop.PAYLOAD_FORMAT_INDICATOR, 1)
                                .atLeastOnce(1),
                        PUBACK,
                        Reason.PAYLOAD_FORMAT_INVALID),
                new Refusal(
                        "QoS 2 payload that is not UTF-8",
                        lab -> publish(lab.topic("a"), NOT_UTF8)
                                .with(Prop.PAYLOAD_FORMAT_INDICATOR, 1)
                                .exactlyOnce(1),
                        PUBREC,
                        Reason.PAYLOAD_FORMAT_INVALID),
                new Refusal("unknown PUBREC", lab -> ack(PUBREC, 7), PUBREL, Reason.PACKET_IDENTIFIER_NOT_FOUND),
                new Refusal("unknown PUBREL", lab -> ack(PUBREL, 7), PUBCOMP, Reason.PACKET_IDENTIFIER_NOT_FOUND),
                new Refusal("bad filter", lab -> subscribe("a#", 0), SUBACK, Reason.TOPIC_FILTER_INVALID));
    }

    @ParameterizedTest
    @MethodSource("packets")
    void refusedPacketIsAnsweredWithWordsAndTheConnectionGoesOn(Refusal refusal, Lab lab) { // 3.4.2.2.2 to 3.9.2.1.2
        RawClient client = lab.connect(Version.V5);

        client.send(refusal.sent().apply(lab));

        expectWords(refusal, client);
        client.expectAlive();
    }

    @ParameterizedTest
    @MethodSource("packets")
    void nothingIsSaidToWhoAskedForSilence(Refusal refusal, Lab lab) { // [MQTT-3.1.2-29]
        expectNoWords(refusal, lab, lab.anonymous().with(Prop.REQUEST_PROBLEM_INFORMATION, 0));
    }

    @ParameterizedTest
    @MethodSource("packets")
    void wordsAreLeftOutWhereTheyWouldBeTooMuch(
            Refusal refusal, Lab lab) { // [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.6.2-2] [MQTT-3.7.2-2] [MQTT-3.9.2-1]
        expectNoWords(refusal, lab, lab.anonymous().keepAlive(3).with(Prop.MAXIMUM_PACKET_SIZE, 21));
    }

    private static void expectNoWords(Refusal refusal, Lab lab, Connect connect) {
        RawClient client = lab.connect(Version.V5, connect);

        client.send(refusal.sent().apply(lab));

        Packet answer = client.expect(refusal.answer());
        assertThat(answer.reason()).withRepresentation(Codes.IN_HEX).isEqualTo(refusal.reason());
        assertThat(answer.properties().has(Prop.REASON_STRING)).isFalse();
        client.expectAlive();
    }

    @Test
    void eachReasonOfASubackIsNamedOnce(Lab lab) { // section 3.9.2.1.2
        RawClient client = lab.connect(Version.V5);
        for (int i = 0; i < 6; i++) {
            client.subscribed(lab.topic("s" + i), 0);
        }

        client.send(subscribe(2).to("a#", 0).to("b#", 0).to(lab.topic("s6"), 0).to(lab.topic("s0"), 1));

        Packet suback = client.expect(SUBACK);
        assertThat(suback.reasons())
                .containsExactly(Reason.TOPIC_FILTER_INVALID, Reason.TOPIC_FILTER_INVALID, Reason.QUOTA_EXCEEDED, 1);
        assertThat(suback.properties().text(Prop.REASON_STRING)).isEqualTo("topic filter invalid, quota exceeded");
    }

    private static void expectWords(Refusal refusal, RawClient client) {
        Packet answer = client.expectAny();
        while (answer.type() != refusal.answer()) {
            assertThat(answer.type()).isIn(PacketType.PINGRESP, PUBREC); // of what came before
            answer = client.expectAny();
        }
        assertThat(answer.reason())
                .as("the code of %s", answer)
                .withRepresentation(Codes.IN_HEX)
                .isEqualTo(refusal.reason());
        assertThat(answer.properties().text(Prop.REASON_STRING)).isNotBlank();
    }
}
