// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Properties;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CONNECT and CONNACK (MQTT 3.1.1 and 5.0 sections 3.1 and 3.2). */
@OnGateway
final class ConnectTest {
    @ParameterizedTest
    @EnumSource
    void connectIsAnsweredByConnackWithSuccess(Dialect dialect, Lab lab) { // [MQTT-3.2.0-1] [MQTT-3.2.2-1]
        RawClient client = lab.open(dialect);

        client.send(connect(lab.id("a")));

        Packet connack = client.expect(CONNACK);
        assertThat(connack.reason()).isZero();
        assertThat(connack.ackFlags()).isZero();
        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void secondConnectIsAProtocolViolation(Dialect dialect, Lab lab) { // [MQTT-3.1.0-2] [MQTT-3.2.0-2]
        RawClient client = lab.connect(dialect);

        client.send(connect(lab.id("again")));

        client.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0 00", "e0 00", "30 05 00 03 61 2f 62", "82 08 00 01 00 03 61 2f 62 00", "40 02 00 01"})
    void firstPacketThatIsNotConnectClosesTheConnection(String bytes, Lab lab) { // [MQTT-3.1.0-1]
        for (ClientTransport transport : ClientTransport.values()) {
            RawClient client = lab.open(Version.V3_1_1, transport);

            client.send(Outgoing.hex(bytes));

            client.expectClosed();
        }
    }

    @Test
    void packetsSentRightAfterConnectAreProcessedAfterIt(Lab lab) { // [MQTT-3.1.2-24]
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")), Subscribe.subscribe(lab.topic("a"), 0), Packets.PINGREQ);

        assertThat(client.expect(CONNACK).reason()).isZero();
        client.expect(PacketType.SUBACK);
        client.expect(PacketType.PINGRESP);
    }

    @ParameterizedTest
    @EnumSource
    void connectSplitIntoSingleBytesIsUnderstood(Dialect dialect, Lab lab) {
        RawClient client = lab.open(dialect);

        for (byte one : connect(lab.id("bytes")).encode(dialect.version)) {
            client.sendBytes(new byte[] {one});
        }

        assertThat(client.expect(CONNACK).reason()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"MQTX", "mqtt", "", "MQIsdp3", "HTTP"})
    void wrongProtocolNameClosesTheConnection(String name, Lab lab) { // [MQTT-3.1.2-1]
        RawClient client = lab.open(Version.V3_1_1);

        client.sendBytes(connect(lab.id("a")).encode(Version.V3_1_1, name, 4));

        Packet answer = client.next();
        if (answer != null) {
            assertThat(answer.reason()).isEqualTo(1);
            client.expectClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 6, 9, 0x80, 0x83, 0x85, 255})
    void unsupportedProtocolLevelIsRefusedByName(int level, Lab lab) throws IOException { // [MQTT-3.1.2-2]
        TcpChannel channel = TcpChannel.open(lab.gateway().tcpPort());
        RawClient client = lab.over(channel, Version.V3_1_1);

        client.sendBytes(connect(lab.id("a")).encode(Version.V3_1_1, "MQTT", level));

        // Levels above 5 are of versions to come, which may be told in the manner of MQTT 5.0.
        byte[] answer = new byte[256];
        int length = channel.read(answer, 5_000);
        assertThat(length).isGreaterThanOrEqualTo(4);
        assertThat(answer[0]).isEqualTo((byte) 0x20);
        assertThat(answer[3] & 0xFF).isIn(1, level > 5 ? Reason.UNSUPPORTED_PROTOCOL_VERSION : 1);
        assertThat(channel.read(answer, 5_000)).isNegative();
    }

    @ParameterizedTest
    @EnumSource
    void reservedConnectFlagClosesTheConnection(Version version, Lab lab) { // [MQTT-3.1.2-3]
        RawClient client = lab.open(version);

        client.send(connect(lab.id("a")).flagsToo(0x01));

        if (version == Version.V3_1) {
            // MQTT 3.1 calls this bit unused and does not forbid it.
            Packet answer = client.next();
            assertThat(answer == null || answer.type() == CONNACK).isTrue();
        } else {
            client.expectRefusedOrClosed(Reason.MALFORMED_PACKET, Reason.PROTOCOL_ERROR);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x08, 0x10, 0x18, 0x20})
    void willQosOrWillRetainWithoutAWillClosesTheConnection(int bits, Lab lab) { // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
        for (Version version : new Version[] {Version.V3_1_1, Version.V5}) {
            RawClient client = lab.open(version);

            client.send(connect(lab.id("a")).flagsToo(bits));

            client.expectRefusedOrClosed(Reason.MALFORMED_PACKET, Reason.PROTOCOL_ERROR);
        }
    }

    @ParameterizedTest
    @EnumSource
    void willQos3ClosesTheConnection(Version version, Lab lab) { // [MQTT-3.1.2-12]
        RawClient client = lab.open(version);

        client.send(connect(lab.id("a"))
                .will(Publish.publish(lab.topic("will"), "x").qos(3)));

        client.expectRefusedOrClosed(Reason.MALFORMED_PACKET, Reason.PROTOCOL_ERROR);
    }

    @Test
    void passwordWithoutUserNameIsRefusedBeforeMqtt5(Lab lab) { // 3.1.1 [MQTT-3.1.2-22]
        RawClient client = lab.open(Version.V3_1_1);

        client.send(connect(lab.id("a")).password("secret"));

        client.expectClosed();
    }

    @Test
    void passwordWithoutUserNameIsAllowedInMqtt5(Lab lab) { // 5.0 section 3.1.2.9
        RawClient client = lab.open(Version.V5);

        client.connected(connect(lab.id("a")).password("secret"));

        client.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void everyCombinationOfCredentialFlagsIsAnswered(Version version, Lab lab) { // CVE-2026-32696
        // [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19]
        lab.connect(version, connect(lab.id("a")).userName("u")).expectAlive();
        lab.connect(version, connect(lab.id("b")).userName("u").password("p")).expectAlive();
        lab.connect(version, connect(lab.id("c")).userName("").password("")).expectAlive();
        lab.connect(version, connect(lab.id("d")).userName("u").password(new byte[] {0, (byte) 0xFF}))
                .expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void passwordOfEightKilobytesInSmallPiecesIsAccepted(ClientTransport transport, Lab lab) { // netty #15349
        RawClient client = lab.open(Version.V5, transport);
        byte[] packet =
                connect(lab.id("a")).userName("u").password("j".repeat(8_000)).encode(Version.V5);

        for (int from = 0; from < packet.length; from += 100) {
            client.sendBytes(Arrays.copyOfRange(packet, from, Math.min(from + 100, packet.length)));
        }

        assertThat(client.expect(CONNACK).reason()).isZero();
    }

    @Test
    void emptyClientIdentifierWithCleanSessionIsAccepted(Lab lab) { // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
        lab.connect(Version.V3_1_1, connect("")).expectAlive();
        lab.connect(Version.V3_1_1, connect("")).expectAlive();
    }

    @Test
    void emptyClientIdentifierWithoutCleanSessionIsRefused(Lab lab) { // [MQTT-3.1.3-8]
        RawClient client = lab.open(Version.V3_1_1);

        client.send(connect("").cleanStart(false));

        client.expectRefused(2, Reason.CLIENT_IDENTIFIER_NOT_VALID);
    }

    @Test
    void emptyClientIdentifierIsRefusedInMqtt31(Lab lab) { // 3.1 section 3.1, client identifier
        RawClient client = lab.open(Version.V3_1);

        client.send(connect(""));

        client.expectRefused(2, Reason.CLIENT_IDENTIFIER_NOT_VALID);
    }

    @Test
    void emptyClientIdentifierIsAssignedAUniqueOneInMqtt5(Lab lab) { // [MQTT-3.1.3-7] [MQTT-3.2.2-16]
        RawClient one = lab.connect(Version.V5, connect(""));
        RawClient other = lab.connect(Version.V5, connect(""));

        String first = one.connack().properties().text(Prop.ASSIGNED_CLIENT_IDENTIFIER);
        String second = other.connack().properties().text(Prop.ASSIGNED_CLIENT_IDENTIFIER);

        assertThat(first).isNotEmpty().isNotEqualTo(second);
        one.expectAlive();
    }

    @Test
    void assignedClientIdentifierCanBeUsedToResume(Lab lab) { // 5.0 section 3.2.2.3.7
        RawClient client = lab.connect(Version.V5, kept(""));
        String assigned = client.connack().properties().text(Prop.ASSIGNED_CLIENT_IDENTIFIER);
        client.disconnect();

        RawClient resumed = lab.connect(Version.V5, kept(assigned));

        assertThat(resumed.connack().isSessionPresent()).isTrue();
    }

    @Test
    void clientIdentifierThatWasGivenIsNotAssigned(Lab lab) {
        RawClient client = lab.connect(Version.V5, connect(lab.id("mine")));

        assertThat(client.connack().properties().has(Prop.ASSIGNED_CLIENT_IDENTIFIER))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+/a", ".*", "a|b", "${x}", "../", "}:{", "session:", "polygenelubricants", "ü€😀"})
    void strangeClientIdentifiersAreJustNames(String name, Lab lab) { // CVE-2017-7650, CVE-2026-44838, Moquette #964
        for (Version version : Version.values()) {
            RawClient client = lab.connect(version, kept(name).cleanStart(true));

            client.subscribed(lab.topic("x"), 1);
            client.send(Publish.publish(lab.topic("x"), "y"));
            client.expectPublish("y");
            client.disconnect();
        }
    }

    @Test
    void connackNamesTheServersLimitsInMqtt5(Lab lab) { // 5.0 section 3.2.2.3
        Properties properties = lab.connect(Version.V5).connack().properties();

        assertThat(properties.number(Prop.RECEIVE_MAXIMUM, 65_535)).isPositive();
        assertThat(properties.number(Prop.MAXIMUM_PACKET_SIZE)).isPositive();
        assertThat(properties.number(Prop.TOPIC_ALIAS_MAXIMUM)).isEqualTo(16);
        assertThat(properties.number(Prop.RETAIN_AVAILABLE, 1)).isEqualTo(1);
        assertThat(properties.number(Prop.WILDCARD_SUBSCRIPTION_AVAILABLE, 1)).isEqualTo(1);
        assertThat(properties.number(Prop.SHARED_SUBSCRIPTION_AVAILABLE, 1)).isEqualTo(1);
        assertThat(properties.has(Prop.MAXIMUM_QOS))
                .as("QoS 2 is supported [MQTT-3.2.2-9]")
                .isFalse();
    }

    @Test
    void responseInformationIsNotSentUnlessAskedFor(Lab lab) { // [MQTT-3.1.2-28]
        RawClient silent = lab.connect(Version.V5);
        RawClient declining = lab.connect(Version.V5, lab.anonymous().with(Prop.REQUEST_RESPONSE_INFORMATION, 0));

        for (RawClient client : List.of(silent, declining)) {
            assertThat(client.connack().properties().has(Prop.RESPONSE_INFORMATION))
                    .isFalse();
        }
    }

    @Test
    void responseInformationIsTheBeginningOfTopicsOfTheClientsOwn(Lab lab) { // 5.0 section 3.2.2.3.15
        Connect asking = connect(lab.id("a")).with(Prop.REQUEST_RESPONSE_INFORMATION, 1);

        Properties properties = lab.connect(Version.V5, asking).connack().properties();

        assertThat(properties.text(Prop.RESPONSE_INFORMATION)).isEqualTo("response/" + lab.id("a") + "/");
    }

    @Test
    void reasonStringsAreLeftOutWhenProblemInformationIsNotWanted(Lab lab) { // [MQTT-3.1.2-29]
        RawClient client = lab.connect(Version.V5, lab.anonymous().with(Prop.REQUEST_PROBLEM_INFORMATION, 0));

        client.send(Packets.ack(PacketType.PUBREL, 77));

        Packet pubcomp = client.expect(PacketType.PUBCOMP);
        assertThat(pubcomp.reason()).isEqualTo(Reason.PACKET_IDENTIFIER_NOT_FOUND);
        assertThat(pubcomp.properties().has(Prop.REASON_STRING)).isFalse();
        assertThat(pubcomp.properties().has(Prop.USER_PROPERTY)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void disconnectIsAnsweredByTheCloseAlone(Dialect dialect, Lab lab) { // [MQTT-3.14.4-1]
        RawClient client = lab.connect(dialect);

        client.send(Packets.disconnect());

        client.expectClosed();
    }

    @ParameterizedTest
    @EnumSource
    void nothingSentBehindARefusedConnectIsProcessed(Dialect dialect, Lab lab) { // [MQTT-3.1.4-6], 3.1.1 [MQTT-3.1.4-5]
        RawClient watcher = lab.connect(dialect).subscribed(lab.topic("a"), 0);
        RawClient client = lab.open(dialect);

        client.send(
                connect("i".repeat(129)),
                Publish.publish(lab.topic("a"), "m"),
                Subscribe.subscribe(lab.topic("b"), 0),
                connect(lab.id("b")));

        client.expectRefused(2, Reason.CLIENT_IDENTIFIER_NOT_VALID);
        watcher.expectAlive();
    }
}
