// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.websocket;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT over WebSocket as it should be (RFC 6455; MQTT 5.0 section 6). */
@OnGateway
final class MqttOverWebSocketTest {
    @ParameterizedTest
    @CsvSource({"mqtt, mqtt", "mqttv3.1, mqttv3.1", "'chat, mqtt', mqtt", "'mqttv3.1,mqtt', mqttv3.1|mqtt"})
    void offeredSubprotocolIsChosen(String offered, String chosen, Lab lab) { // [MQTT-6.0.0-3] [MQTT-6.0.0-4]
        OpeningHandshake.Answer answer = send(lab, handshake().subprotocol(offered));

        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.headers().get("sec-websocket-protocol")).isIn((Object[]) chosen.split("\\|", -1));
        assertThat(answer.headers()).containsEntry("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "chat", "MQTT", "mqtt5", "mqttv5, wamp"})
    void noFittingSubprotocolIsABadRequest(String offered, Lab lab) { // [MQTT-6.0.0-3]
        assertThat(send(lab, handshake().subprotocol(offered)).status()).isEqualTo(400);
    }

    @Test
    void compressionIsNeverNegotiated(Lab lab) { // CVE-2026-27571
        OpeningHandshake.Answer answer =
                send(lab, handshake().header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"));

        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
    }

    @Test
    void packetsMaySpanFramesAndFramesMayHoldManyPackets(Lab lab) throws IOException { // [MQTT-6.0.0-2]
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        byte[] all = new ByteWriter()
                .raw(connect(lab.id("a")).encode(Version.V5))
                .raw(subscribe(lab.topic("a"), 0).encode(Version.V5))
                .raw(publish(lab.topic("a"), "x").encode(Version.V5))
                .toBytes();

        client.sendBytes(Arrays.copyOf(all, 7));
        WebSocketChannel socket = client.webSocket();
        // The rest as one message of three fragments, a ping in between (RFC 6455 section 5.4).
        socket.writeRaw(WebSocketChannel.frame(WebSocketChannel.BINARY, Arrays.copyOfRange(all, 7, 20)));
        socket.writeRaw(WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PING, new byte[] {1, 2}));
        socket.writeRaw(WebSocketChannel.frame(WebSocketChannel.CONTINUATION, Arrays.copyOfRange(all, 20, 21)));
        socket.writeRaw(WebSocketChannel.frame(
                WebSocketChannel.FIN | WebSocketChannel.CONTINUATION, Arrays.copyOfRange(all, 21, all.length)));

        assertThat(client.expect(CONNACK).reason()).isZero();
        client.expect(SUBACK);
        client.expectPublish("x");
        client.sendBytes(new ByteWriter()
                .raw(Packets.PINGREQ.encode(Version.V5))
                .raw(Packets.PINGREQ.encode(Version.V5))
                .toBytes());
        client.expect(PINGRESP);
        client.expect(PINGRESP);
    }

    @Test
    void pingIsAnsweredByPongWithTheSamePayload(Lab lab) throws IOException { // RFC 6455 section 5.5.3
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        client.webSocket()
                .writeRaw(WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PING, new byte[] {1, 2, 3}));

        WebSocketChannel.Frame pong = client.webSocket().readFrame(5_000);
        assertThat(pong.opcode()).isEqualTo(WebSocketChannel.PONG);
        assertThat(pong.payload()).containsExactly(1, 2, 3);
        client.expectAlive();
    }

    @Test
    void packetsOfTheGatewayComeInBinaryFrames(Lab lab) throws IOException { // [MQTT-6.0.0-1]
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        client.send(connect(lab.id("a")));

        assertThat(client.webSocket().readFrame(5_000).opcode()).isEqualTo(WebSocketChannel.BINARY);
    }

    /** Paho for C took the first packet of a frame, and the others when something else came: 26 s for 20 retained messages. */
    @Test
    void eachPacketHasAFrameOfItsOwn(Lab lab) throws IOException { // [MQTT-6.0.0-2]
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 20; i++) {
            publisher.published(
                    publish(lab.topic("r/" + i), "x".repeat(20 + i * 20)).qos(1).retained(), 1);
        }
        RawClient client = lab.open(Version.V3_1_1, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        client.send(subscribe(lab.topic("r/+"), 0));

        for (int i = 0; i <= 20; i++) {
            WebSocketChannel.Frame frame = client.webSocket().readFrame(10_000);
            int remaining = frame.payload()[1] >= 0
                    ? 2 + frame.payload()[1]
                    : 3 + (frame.payload()[1] & 0x7F) + (frame.payload()[2] << 7);
            assertThat(frame.fin()).isTrue();
            assertThat(frame.payload()).hasSize(remaining);
        }
    }

    @Test
    void closeIsAnsweredByClose(Lab lab) throws IOException { // RFC 6455 section 5.5.1
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        client.webSocket()
                .writeRaw(WebSocketChannel.frame(
                        WebSocketChannel.FIN | WebSocketChannel.CLOSE, new byte[] {0x03, (byte) 0xE8}));

        client.expectClosed();
        assertThat(client.webSocket().closeCode()).isEqualTo(1000);
    }

    @Test
    void disconnectIsFollowedByACloseFrame(Lab lab) {
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        client.send(Packets.disconnect());

        client.expectClosed();
        assertThat(client.webSocket().closeCode()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({
        "malformed packet, c0 01 00, 81, 1002",
        "second CONNECT, 10 0e 00 04 4d 51 54 54 05 02 00 3c 00 00 01 61, 82, 1002",
        "packet too large, 30 ff ff ff 7f, 95, 1009",
        "topic name with a wildcard, 30 05 00 01 23 00 78, 90, 1008",
        "topic alias above the maximum, 30 07 00 01 61 03 23 00 ff, 94, 1008"
    })
    void closeCodeGoesWithTheReasonOfADisconnect(String name, String bytes, String reason, int code, Lab lab) {
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        client.trySend(Outgoing.hex(bytes));

        client.expectDisconnected(Integer.parseInt(reason, 16));
        assertThat(client.webSocket().closeCode()).isEqualTo(code);
    }

    @Test
    void closeCodeGoesWithTheRefusalOfAConnect(Lab lab) {
        RawClient badToken = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        RawClient longName = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        RawClient otherVersion = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        RawClient noConnect = lab.open(Version.V5, ClientTransport.WEBSOCKET);

        badToken.send(connect(lab.id("a")).password("eyJhbGciOiJub25lIn0.e30."));
        longName.send(connect("i".repeat(129)));
        otherVersion.trySend(Outgoing.hex("10 0d 00 04 4d 51 54 54 09 02 00 3c 00 01 61"));
        noConnect.send(Packets.PINGREQ);

        badToken.expectRefused(4, 0x86);
        assertThat(badToken.webSocket().closeCode()).isEqualTo(1008);
        longName.expectRefused(2, Reason.CLIENT_IDENTIFIER_NOT_VALID);
        assertThat(longName.webSocket().closeCode()).isEqualTo(1008);
        otherVersion.expectRefused(1, Reason.UNSUPPORTED_PROTOCOL_VERSION);
        assertThat(otherVersion.webSocket().closeCode()).isEqualTo(1002);
        noConnect.expectClosed();
        assertThat(noConnect.webSocket().closeCode()).isEqualTo(1002);
    }

    private static OpeningHandshake.Answer send(Lab lab, OpeningHandshake handshake) {
        int port = lab.gateway().wsPort();
        TcpChannel channel = TcpChannel.open(port);
        lab.over(channel, Version.V5);
        return handshake.send(channel, port);
    }
}
