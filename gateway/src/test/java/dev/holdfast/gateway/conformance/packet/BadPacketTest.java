// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.packet;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.Refusals;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Packets that no good client sends: each closes its own connection, with the code that the specification names, and
 * nothing else notices.
 */
@OnGateway
final class BadPacketTest {
    @BeforeEach
    void innocentsConnect(Lab lab) {
        lab.innocentsConnect();
    }

    @AfterEach
    void innocentsAreStillServed(Lab lab) {
        lab.innocentsAreStillServed();
    }

    @ParameterizedTest
    @CsvSource({
        "reserved packet type, 00 00",
        "reserved packet type with a body, 01 02 00 00",
        "PUBLISH with QoS 3, 36 07 00 03 61 2f 62 00 01",
        "PUBLISH with DUP at QoS 0, 38 05 00 03 61 2f 62",
        "PUBLISH with packet identifier 0, 32 07 00 03 61 2f 62 00 00",
        "PUBLISH shorter than its topic, 30 04 00 10 61 2f",
        "PUBLISH without a topic, 30 00",
        "PUBLISH with one byte, 30 01 00",
        "PUBLISH at QoS 1 without a packet identifier, 32 05 00 03 61 2f 62",
        "PUBREL with wrong flags, 60 02 00 01",
        "PUBACK with wrong flags, 41 02 00 01",
        "PUBACK with one byte, 40 01 00",
        "PUBACK with nothing, 40 00",
        "SUBSCRIBE with wrong flags, 80 08 00 01 00 03 61 2f 62 00",
        "SUBSCRIBE with packet identifier 0, 82 08 00 00 00 03 61 2f 62 00",
        "SUBSCRIBE with QoS 3, 82 08 00 01 00 03 61 2f 62 03",
        "SUBSCRIBE with reserved option bits, 82 08 00 01 00 03 61 2f 62 c0",
        "SUBSCRIBE without a filter, 82 02 00 01",
        "SUBSCRIBE with a filter of no length, 82 05 00 01 00 00 00",
        "SUBSCRIBE without options, 82 07 00 01 00 03 61 2f 62",
        "UNSUBSCRIBE with wrong flags, a0 07 00 01 00 03 61 2f 62",
        "UNSUBSCRIBE with packet identifier 0, a2 07 00 00 00 03 61 2f 62",
        "UNSUBSCRIBE without a filter, a2 02 00 01",
        "PINGREQ with wrong flags, c1 00",
        "PINGREQ with a body, c0 01 00",
        "DISCONNECT with wrong flags, e1 00",
        "Remaining Length of five bytes, 30 ff ff ff ff 7f",
        "Remaining Length of five bytes and zero, 30 80 80 80 80 00",
        "Remaining Length beyond every limit, 30 ff ff ff 7f 00 03 61 2f 62",
        "topic with U+0000, 30 05 00 03 61 00 62",
        "topic with a surrogate, 30 05 00 03 ed a0 80",
        "topic with an overlong slash, 30 04 00 02 c0 af",
        "topic with a cut character, 30 04 00 02 61 c3",
        "topic beyond Unicode, 30 06 00 04 f4 90 80 80",
        "filter with U+0000, 82 08 00 01 00 03 61 00 62 00",
        "filter with a surrogate, 82 08 00 01 00 03 ed a0 80 00",
        "CONNACK from a client, 20 02 00 00",
        "SUBACK from a client, 90 03 00 01 00",
        "UNSUBACK from a client, b0 02 00 01",
        "PINGRESP from a client, d0 00",
        "AUTH in MQTT 3.1.1, f0 00"
    })
    void malformedPacketOfMqtt311ClosesTheConnection(String name, String bytes, Lab lab) { // [MQTT-4.8.0-1]
        // [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-4.7.0-1]
        for (ClientTransport transport : ClientTransport.values()) {
            RawClient client = lab.open(Version.V3_1_1, transport).connected(lab.anonymous());

            client.trySend(Outgoing.hex(bytes));

            client.expectClosed();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "reserved packet type, 00 00, 81",
        "PUBLISH with QoS 3, 36 08 00 03 61 2f 62 00 01 00, 81",
        "PUBLISH with DUP at QoS 0, 38 06 00 03 61 2f 62 00, 81|82",
        "PUBLISH with packet identifier 0, 32 08 00 03 61 2f 62 00 00 00, 81|82",
        "PUBLISH with U+0000, 30 06 00 03 61 00 62 00, 81|90",
        "PUBLISH with a surrogate, 30 06 00 03 ed a0 80 00, 81|90",
        "PUBLISH without properties, 30 05 00 03 61 2f 62, 81",
        "property length beyond the packet, 30 06 00 03 61 2f 62 7f, 81",
        "property length of five bytes, 30 0a 00 03 61 2f 62 80 80 80 80 00, 81",
        "unknown property, 30 08 00 03 61 2f 62 02 7f 00, 81|82",
        "property of another packet, 30 0b 00 03 61 2f 62 05 11 00 00 00 01, 81|82",
        "property cut short, 30 08 00 03 61 2f 62 02 02 00, 81",
        "Payload Format Indicator twice, 30 0a 00 03 61 2f 62 04 01 00 01 00, 82",
        "Payload Format Indicator 2, 30 08 00 03 61 2f 62 02 01 02, 82|81",
        "Message Expiry Interval twice, 30 10 00 03 61 2f 62 0a 02 00 00 00 01 02 00 00 00 01, 82",
        "Topic Alias twice, 30 0c 00 03 61 2f 62 06 23 00 01 23 00 01, 82",
        "Content Type twice, 30 0e 00 03 61 2f 62 08 03 00 01 61 03 00 01 61, 82",
        "Content Type with U+0000, 30 0a 00 03 61 2f 62 04 03 00 01 00, 81",
        "user property with a surrogate, 30 0e 00 03 61 2f 62 08 26 00 03 ed a0 80 00 00, 81",
        "PUBREL with wrong flags, 60 02 00 01, 81",
        "PUBACK with packet identifier 0, 40 02 00 00, 81|82",
        "PUBACK with an undefined reason code, 40 03 00 01 77, 81|82",
        "SUBSCRIBE with wrong flags, 80 09 00 01 00 00 03 61 2f 62 00, 81",
        "SUBSCRIBE without a filter, 82 03 00 01 00, 82|81",
        "SUBSCRIBE with QoS 3, 82 09 00 01 00 00 03 61 2f 62 03, 82|81",
        "SUBSCRIBE with reserved option bits, 82 09 00 01 00 00 03 61 2f 62 40, 81|82",
        "SUBSCRIBE with Retain Handling 3, 82 09 00 01 00 00 03 61 2f 62 30, 82|81",
        "Subscription Identifier 0, 82 0b 00 01 02 0b 00 00 03 61 2f 62 00, 82|81",
        "Subscription Identifier twice, 82 0d 00 01 04 0b 01 0b 01 00 03 61 2f 62 00, 82",
        "UNSUBSCRIBE without a filter, a2 03 00 01 00, 82|81",
        "PINGREQ with a body, c0 01 00, 81",
        "DISCONNECT with wrong flags, e1 00, 81",
        "DISCONNECT with a server's reason, e0 02 8e 00, 82|81",
        "DISCONNECT with Session Expiry twice, e0 0c 00 0a 11 00 00 00 00 11 00 00 00 00, 82",
        "Remaining Length of five bytes, 30 ff ff ff ff 7f, 81",
        "Remaining Length of five bytes and zero, 30 80 80 80 80 00, 81",
        "Remaining Length beyond every limit, 30 ff ff ff 7f 00 03 61 2f 62, 95",
        "CONNACK from a client, 20 03 00 00 00, 82|81",
        "SUBACK from a client, 90 04 00 01 00 00, 82|81",
        "UNSUBACK from a client, b0 04 00 01 00 00, 82|81",
        "PINGRESP from a client, d0 00, 82|81"
    })
    void malformedPacketOfMqtt5IsAnsweredByItsReasonCode(
            String name, String bytes, String codes, Lab lab) { // [MQTT-4.13.1-1]
        // [MQTT-1.5.7-1] [MQTT-3.3.2-19] [MQTT-3.15.1-1]
        Integer[] allowed = Arrays.stream(codes.split("\\|", -1))
                .map(code -> Integer.parseInt(code, 16))
                .toArray(Integer[]::new);
        for (ClientTransport transport : ClientTransport.values()) {
            RawClient client = lab.open(Version.V5, transport).connected(lab.anonymous());

            client.trySend(Outgoing.hex(bytes));

            client.expectDisconnectedWithAnyOf(allowed);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "client identifier with U+0000, 10 0f 00 04 4d 51 54 54 04 02 00 3c 00 03 61 00 62",
        "client identifier with a surrogate, 10 0f 00 04 4d 51 54 54 04 02 00 3c 00 03 ed a0 80",
        "client identifier beyond the packet, 10 0e 00 04 4d 51 54 54 04 02 00 3c 00 10 61 62",
        "no client identifier, 10 0a 00 04 4d 51 54 54 04 02 00 3c",
        "protocol name cut, 10 03 00 04 4d",
        "empty, 10 00",
        "will announced and missing, 10 0d 00 04 4d 51 54 54 04 06 00 3c 00 01 61",
        "user name announced and missing, 10 0d 00 04 4d 51 54 54 04 82 00 3c 00 01 61",
        "user name with U+0000, 10 10 00 04 4d 51 54 54 04 82 00 3c 00 01 61 00 01 00",
        "trailing bytes, 10 0f 00 04 4d 51 54 54 04 02 00 3c 00 01 61 00 00",
        "wrong flags, 11 0d 00 04 4d 51 54 54 04 02 00 3c 00 01 61",
        "MQTT 5 without properties, 10 0d 00 04 4d 51 54 54 05 02 00 3c 00 01 61",
        "MQTT 5 unknown property, 10 10 00 04 4d 51 54 54 05 02 00 3c 02 7f 00 00 01 61",
        "MQTT 5 Receive Maximum twice, 10 14 00 04 4d 51 54 54 05 02 00 3c 06 21 00 01 21 00 01 00 01 61",
        "MQTT 5 Request Problem Information 2, 10 10 00 04 4d 51 54 54 05 02 00 3c 02 17 02 00 01 61",
        "MQTT 5 Request Response Information 2, 10 10 00 04 4d 51 54 54 05 02 00 3c 02 19 02 00 01 61",
        "MQTT 5 will without properties, 10 11 00 04 4d 51 54 54 05 06 00 3c 00 00 01 61 00 01 61",
        "MQTT 5 will with a CONNECT property, 10 19 00 04 4d 51 54 54 05 06 00 3c 00 00 01 61 05 11 00 00 00 01 00 01 61 00 00",
        "MQTT 5 will delay twice, 10 1e 00 04 4d 51 54 54 05 06 00 3c 00 00 01 61 0a 18 00 00 00 01 18 00 00 00 01 00 01 61 00 00",
        "MQTT 5 will delay cut short, 10 16 00 04 4d 51 54 54 05 06 00 3c 00 00 01 61 02 18 00 00 01 61 00 00",
        "Remaining Length of five bytes, 10 ff ff ff ff 7f"
    })
    void malformedConnectIsRefused(String name, String bytes, Lab lab) { // CVE-2021-34431, CVE-2023-3592
        // [MQTT-3.1.2-9] [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.3-11]
        RawClient client = lab.open(bytes.contains("54 54 05") ? Version.V5 : Version.V3_1_1);

        client.trySend(Outgoing.hex(bytes));

        Packet answer = client.next();
        if (answer != null) {
            assertThat(answer.type()).isEqualTo(CONNACK);
            assertThat(answer.reason()).isNotZero();
            client.expectClosed();
        }
    }

    @Test
    void propertiesOf256MegabytesAreRefusedAtTheFirstBytes(Lab lab) { // CVE-2026-44248
        long before = lab.gateway().residentBytes();
        byte[] start = Hex.parse("10 ff ff ff 7f 00 04 4d 51 54 54 05 02 00 3c ff ff ff 7f");
        for (int i = 0; i < 50; i++) {
            RawClient client = lab.open(Version.V5);
            client.trySendBytes(start);
            client.expectRefusedOrClosed(Reason.PACKET_TOO_LARGE, Reason.MALFORMED_PACKET);
        }

        assertThat(lab.gateway().residentBytes() - before).isLessThan(50_000_000);
    }

    @Test
    void claimedLengthsWithinTheLimitAreNotAllocatedBeforeTheyCome(Lab lab) { // CVE-2017-7651, CVE-2023-0809
        long before = lab.gateway().residentBytes();
        for (int i = 0; i < 400; i++) {
            // 65,536 bytes announced, four sent: with a buffer each this would be 26 MB.
            lab.open(Version.V5).trySend(Outgoing.hex("10 fc ff 03"));
        }

        assertThat(lab.gateway().residentBytes() - before).isLessThan(20_000_000);
    }

    @ParameterizedTest
    @EnumSource
    void packetOverTheLimitBeforeConnectIsRefusedWithoutReadingIt(
            ClientTransport transport, Lab lab) { // 64 KiB before auth
        RawClient client = lab.open(Version.V5, transport);

        client.trySend(connect(lab.id("a")).userName("u").password(new byte[65_535]));

        client.expectRefusedOrClosed(Reason.PACKET_TOO_LARGE);
    }

    @Test
    void restOfAPacketMayComeLater(Lab lab) { // CVE-2026-25627: Remaining Length larger than the frame
        RawClient subscriber = lab.connect(Version.V3_1_1).subscribed(lab.topic("a"), 0);
        RawClient client = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET).connected(lab.anonymous());
        byte[] packet = publish(lab.topic("a"), "x".repeat(4_096)).encode(Version.V3_1_1);

        client.sendBytes(Arrays.copyOf(packet, 3));
        subscriber.expectAlive();
        client.sendBytes(Arrays.copyOfRange(packet, 3, 2_000));
        client.sendBytes(Arrays.copyOfRange(packet, 2_000, packet.length));

        assertThat(subscriber.expect(PUBLISH).payload()).hasSize(4_096);
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void manyUserPropertiesAreRefused(ClientTransport transport, Lab lab) { // CVE-2021-41039
        Publish publish = publish(lab.topic("a"), "x");
        Connect connect = connect(lab.id("a"));
        for (int i = 0; i < 20_000; i++) {
            publish.userProperty("", "");
            if (i < 5_000) {
                connect.userProperty("", "");
            }
        }
        RawClient publisher = lab.open(Version.V5, transport).connected(lab.anonymous());
        RawClient newcomer = lab.open(Version.V5, transport);

        publisher.trySend(publish);
        newcomer.trySend(connect);

        Packet answer = publisher.next();
        assertThat(answer == null || answer.type() == DISCONNECT).isTrue();
        Packet refusal = newcomer.next();
        assertThat(refusal == null || refusal.reason() >= 0x80).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void topicsOfOnlySlashesAreRefused(Version version, Lab lab) { // CVE-2019-11779, CVE-2021-33176
        String slashes = "/".repeat(65_535);
        RawClient publisher = lab.connect(version);
        RawClient subscriber = lab.connect(version);

        publisher.trySend(publish(slashes, "x"));
        subscriber.trySend(subscribe(slashes, 0));

        publisher.expectDisconnectedWithAnyOf(
                Reason.TOPIC_NAME_INVALID, Reason.MALFORMED_PACKET, Reason.PROTOCOL_ERROR);
        Refusals.expectNotGranted(subscriber, Reason.TOPIC_FILTER_INVALID);
    }

    @Test
    void neverReleasedQos2IsBounded(Lab lab) { // CVE-2023-28366
        RawClient client = lab.connect(Version.V5);
        Outgoing[] burst = new Outgoing[1_500];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = publish(lab.topic("a"), "x").exactlyOnce(1 + i);
        }
        ByteWriter bytes = new ByteWriter();
        for (Outgoing packet : burst) {
            bytes.raw(packet.encode(Version.V5));
        }

        client.trySendBytes(bytes.toBytes());

        Packet packet = client.expectAny();
        while (packet.type() == PUBREC) {
            packet = client.expectAny();
        }
        assertThat(packet.type()).isEqualTo(DISCONNECT);
        assertThat(packet.reason()).isEqualTo(Reason.RECEIVE_MAXIMUM_EXCEEDED);
        client.expectClosed();
    }

    @Test
    void samePacketIdentifierThousandsOfTimesTakesNoMemory(Lab lab) { // CVE-2023-28366
        RawClient client = lab.connect(Version.V5);
        Outgoing[] burst = new Outgoing[100];
        Arrays.fill(burst, publish(lab.topic("a"), "x").exactlyOnce(1).duplicate());
        for (int round = 0; round < 50; round++) {
            client.send(burst);
            for (int i = 0; i < burst.length; i++) {
                client.expectAck(PUBREC, 1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "$x/y, true, true",
        "$, true, true",
        "$queue/a, true, true",
        "$MQTT.sess, true, true",
        "/, true, true",
        "//, true, true",
        "$SYS, true, false",
        "$SYS/#, true, false",
        "$share/g/$SYS/#, true, false",
        "$share, false, false"
    })
    void dollarTopicsReachThoseAloneWhoNameThem(
            String topic, boolean mayBeSubscribed, boolean arrives, Lab lab) { // CVE-2018-12543, CVE-2026-33217
        for (Version version : Version.values()) {
            String payload = lab.id(version + "x");
            String end = lab.topic(version + "/end");
            RawClient everything = lab.connect(version).subscribed("#", 0);
            RawClient client = lab.connect(version).subscribed(end, 0);
            RawClient publisher = lab.connect(version);

            client.send(subscribe(topic, 0));
            int refused = version.isV5() ? Reason.TOPIC_FILTER_INVALID : 0x80;
            assertThat(client.expect(SUBACK).reasons()).containsExactly(mayBeSubscribed ? 0 : refused);
            if (!topic.contains("#")) {
                publisher.send(publish(topic, payload));
            }
            publisher.send(publish(end, "end"));

            assertThat(topicsBeforeTheEnd(client, payload)).isEqualTo(arrives ? List.of(topic) : List.of());
            assertThat(topicsBeforeTheEnd(everything, payload))
                    .isEqualTo(topic.startsWith("$") ? List.of() : List.of(topic)); // [MQTT-4.7.2-1]
        }
    }

    /** Where messages with this payload come from, before one that says "end". */
    private static List<String> topicsBeforeTheEnd(RawClient client, String payload) {
        List<String> topics = new ArrayList<>();
        for (Packet packet = client.expect(PUBLISH); !packet.text().equals("end"); packet = client.expect(PUBLISH)) {
            if (packet.text().equals(payload)) {
                topics.add(packet.topic());
            }
        }
        return topics;
    }

    @Test
    void randomBytesCloseOneConnectionEach(Lab lab) { // CVE-2019-0222
        long seed = 20_261_124;
        Random random = new Random(seed);
        byte[] good = publish(lab.topic("a"), "x").userProperty("k", "v").encode(Version.V5);
        for (int i = 0; i < 300; i++) {
            RawClient client = lab.connect(Version.V5);
            byte[] bytes = good.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            client.trySendBytes(bytes);
            client.close();
        }
        for (int i = 0; i < 200; i++) {
            RawClient client = lab.open(Version.V5);
            byte[] bytes = new byte[1 + random.nextInt(200)];
            random.nextBytes(bytes);
            client.trySendBytes(bytes);
            client.close();
        }
        lab.innocentsAreStillServed();
    }

    @ParameterizedTest
    @EnumSource
    void connectionMayEndAnywhere(Version version, Lab lab) throws IOException { // cut at every byte
        byte[] bytes = new ByteWriter()
                .raw(connect(lab.id("a")).encode(version))
                .raw(subscribe(lab.topic("a"), 1).encode(version))
                .raw(publish(lab.topic("a"), "x").exactlyOnce(1).encode(version))
                .toBytes();
        for (int cut = 0; cut <= bytes.length; cut++) {
            TcpChannel channel = TcpChannel.open(lab.gateway().tcpPort());
            channel.write(Arrays.copyOf(bytes, cut));
            if (cut % 2 == 0) {
                channel.reset();
            } else {
                channel.close();
            }
        }
    }

    @Test
    void clientThatClosesItsHalfOnlyIsClosed(Lab lab) throws IOException {
        TcpChannel channel = TcpChannel.open(lab.gateway().tcpPort());
        RawClient client = lab.over(channel, Version.V5).connected(lab.anonymous());

        channel.shutdownOutput();

        client.expectClosed();
    }

    @Test
    void pingFloodIsAnsweredPingByPing(Lab lab) { // PINGREQ flood
        RawClient client = lab.connect(Version.V3_1_1);
        Outgoing[] pings = new Outgoing[2_000];
        Arrays.fill(pings, Packets.PINGREQ);

        client.send(pings);

        for (int i = 0; i < pings.length; i++) {
            client.expect(PINGRESP);
        }
    }

    @Test
    void aliasRemapFloodIsHarmless(Lab lab) { // re-map flood
        RawClient client = lab.connect(Version.V5);
        Outgoing[] burst = new Outgoing[2_000];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = publish(lab.topic("t" + i), "x").with(Prop.TOPIC_ALIAS, 1 + i % 16);
        }

        client.send(burst);

        client.expectAlive();
    }

    @Test
    void largestResponseTopicAndCorrelationDataPass(Lab lab) { // response topic huge
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
        RawClient client = lab.connect(Version.V5);

        client.send(publish(lab.topic("a"), "x").with(Prop.CORRELATION_DATA, new byte[65_535]));

        assertThat(subscriber.expectPublish("x").properties().binary(Prop.CORRELATION_DATA))
                .hasSize(65_535);
    }
}
