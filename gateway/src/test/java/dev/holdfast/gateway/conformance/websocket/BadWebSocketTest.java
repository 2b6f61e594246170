// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.websocket;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.OpeningHandshake.handshake;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Hex;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSocket as no good client speaks it: in its frames and in its opening handshake. */
@OnGateway
final class BadWebSocketTest {
    private static final int FIN_BINARY = WebSocketChannel.FIN | WebSocketChannel.BINARY;

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
        "text frame, 81 82 00 00 00 00 68 69, 1003",
        "unmasked binary frame, 82 02 c0 00, 1002",
        "unmasked ping, 89 00, 1002",
        "RSV1 without an extension, c2 82 00 00 00 00 c0 00, 1002",
        "RSV2, a2 82 00 00 00 00 c0 00, 1002",
        "RSV3, 92 82 00 00 00 00 c0 00, 1002",
        "reserved data opcode, 83 80 00 00 00 00, 1002",
        "reserved control opcode, 8b 80 00 00 00 00, 1002",
        "fragmented ping, 09 80 00 00 00 00, 1002",
        "continuation without a start, 80 82 00 00 00 00 c0 00, 1002",
        "new message inside a message, 02 80 00 00 00 00 82 80 00 00 00 00, 1002",
        "close with one byte, 88 81 00 00 00 00 03, 1002",
        "close with a forbidden code, 88 82 00 00 00 00 03 ec, 1002",
        "length 2^63-1, 82 ff 7f ff ff ff ff ff ff ff 00 00 00 00, 1009|1002",
        "length 2^31, 82 ff 00 00 00 00 80 00 00 00 00 00 00 00, 1009|1002",
        "length -1, 82 ff ff ff ff ff ff ff ff ff 00 00 00 00, 1009|1002",
        "length 2^31 in a ping, 89 ff 00 00 00 00 80 00 00 00 00 00 00 00, 1009|1002"
    })
    void badFrameIsAnsweredByItsCloseCode(String name, String bytes, String codes, Lab lab) { // RFC 6455 section 5
        RawClient fresh = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        RawClient connected = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());
        for (RawClient client : List.of(fresh, connected)) {
            tryWriteRaw(client, Hex.parse(bytes));

            Packet packet = client.next();
            if (packet != null) {
                assertThat(packet.type()).isEqualTo(DISCONNECT);
                client.expectClosed();
            }
            assertThat(String.valueOf(client.webSocket().closeCode()))
                    .as("the close code")
                    .isIn((Object[]) codes.split("\\|", -1));
        }
    }

    @Test
    void pingOfMoreThan125BytesIsAProtocolError(Lab lab) { // RFC 6455 section 5.5
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        tryWriteRaw(client, WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PING, new byte[126]));

        expectCloseCode(client, 1002);
    }

    @Test
    void unmaskedFrameWithAWholePacketIsNotProcessed(Lab lab) { // RFC 6455 section 5.1
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());

        tryWriteRaw(
                client,
                WebSocketChannel.unmaskedFrame(
                        FIN_BINARY, publish(lab.topic("a"), "x").encode(Version.V5)));

        expectCloseCode(client, 1002);
        watcher.expectAlive();
    }

    @Test
    void frameBeforeConnectIsBoundedAsThePacketIs(Lab lab) { // frame size bounded before buffering
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET);

        // 1 MiB announced, nothing of it sent.
        tryWriteRaw(client, Hex.parse("82 ff 00 00 00 00 00 10 00 00 00 00 00 00 10 ff ff 3f"));

        Packet packet = client.next();
        assertThat(packet == null || (packet.type() == CONNACK && packet.reason() >= 0x80))
                .isTrue();
    }

    @Test
    void floodOfEmptyFragmentsTakesNoMemory(Lab lab) { // fragmentation flood
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());
        long before = lab.gateway().residentBytes();
        tryWriteRaw(client, WebSocketChannel.frame(WebSocketChannel.BINARY, new byte[0]));
        ByteWriter burst = new ByteWriter();
        for (int i = 0; i < 1_000; i++) {
            burst.raw(WebSocketChannel.frame(WebSocketChannel.CONTINUATION, new byte[0]));
        }
        byte[] bytes = burst.toBytes();

        for (int i = 0; i < 200 && tryWriteRaw(client, bytes); i++) {
            assertThat(lab.gateway().isAlive()).isTrue();
        }

        assertThat(lab.gateway().residentBytes() - before).isLessThan(50_000_000);
    }

    @Test
    void floodOfPingsLeavesOthersServed(Lab lab) { // interleaved ping flood
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());
        ByteWriter burst = new ByteWriter();
        for (int i = 0; i < 1_000; i++) {
            burst.raw(WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PING, new byte[125]));
        }
        byte[] bytes = burst.toBytes();

        for (int i = 0; i < 20 && tryWriteRaw(client, bytes); i++) {
            lab.innocentsAreStillServed();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/mqtt/", "//mqtt", "/%6dqtt", "/mqtt%2f", "/MQTT", "/mqtt/../mqtt", "/other", "/mqtt;x"})
    void otherPathsAreNotTheWebSocket(String path, Lab lab) { // path tricks
        assertThat(send(lab, handshake().path(path)).status()).isBetween(400, 499);
    }

    @Test
    void queryIsNoPartOfThePath(Lab lab) {
        assertThat(send(lab, handshake().path("/mqtt?x=y")).status()).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "0", "12", "14", "x", ""})
    void otherWebSocketVersionsAreRefused(String version, Lab lab) { // RFC 6455 section 4.4
        assertThat(send(lab, handshake().version(version)).status()).isBetween(400, 499);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /mqtt HTTP/1.1", "GET /mqtt HTTP/1.0", "GET /mqtt", "\u0000", "PRI * HTTP/2.0"})
    void otherRequestsAreNotUpgraded(String requestLine, Lab lab) { // HTTP/2 is off
        assertThat(send(lab, handshake().requestLine(requestLine)).status()).isNotEqualTo(101);
    }

    @Test
    void smuggledBodyIsNotAnUpgradeWithPackets(Lab lab) { // smuggled body with Upgrade
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
        byte[] packets = new ByteWriter()
                .raw(connect(lab.id("a")).encode(Version.V5))
                .raw(publish(lab.topic("a"), "x").encode(Version.V5))
                .toBytes();
        byte[] frame = WebSocketChannel.frame(FIN_BINARY, packets);
        TcpChannel channel = TcpChannel.open(lab.gateway().wsPort());
        RawClient client = lab.over(channel, Version.V5);

        client.trySendBytes(new ByteWriter()
                .raw(handshake()
                        .header("Content-Length", String.valueOf(frame.length))
                        .request(lab.gateway().wsPort()))
                .raw(frame)
                .toBytes());

        assertThat(OpeningHandshake.readAnswer(channel).status()).isEqualTo(400);
        watcher.expectAlive();
    }

    @Test
    void floodOfHeadersIsRefused(Lab lab) { // 200+ headers, 1 MiB header
        OpeningHandshake many = handshake();
        for (int i = 0; i < 500; i++) {
            many.header("X-" + i, "v");
        }

        assertThat(send(lab, many).status()).isNotEqualTo(101);
        assertThat(send(lab, handshake().header("X-Long", "v".repeat(1 << 20))).status())
                .isNotEqualTo(101);
    }

    @Test
    void socketsThatGoWithoutCloseLeaveNothing(Lab lab) throws IOException { // close without handshake, half-close
        for (int i = 0; i < 100; i++) {
            RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(lab.anonymous());
            if (i % 3 == 0) {
                client.webSocket().tcp().reset();
            } else if (i % 3 == 1) {
                client.webSocket().tcp().shutdownOutput();
                client.expectClosed();
            } else {
                client.close();
            }
        }
    }

    @Test
    void framesCutAtEveryByteAreHarmless(Lab lab) throws IOException {
        byte[] frame = WebSocketChannel.frame(FIN_BINARY, connect(lab.id("a")).encode(Version.V5));
        for (int cut = 0; cut < frame.length; cut++) {
            WebSocketChannel socket = WebSocketChannel.open(lab.gateway().wsPort(), handshake());
            socket.writeRaw(Arrays.copyOf(frame, cut));
            socket.close();
        }
    }

    private static boolean tryWriteRaw(RawClient client, byte[] bytes) {
        try {
            client.webSocket().writeRaw(bytes);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    private static void expectCloseCode(RawClient client, int code) {
        Packet packet = client.next();
        if (packet != null) {
            assertThat(packet.type()).isEqualTo(DISCONNECT);
            client.expectClosed();
        }
        assertThat(client.webSocket().closeCode()).isEqualTo(code);
    }

    private static OpeningHandshake.Answer send(Lab lab, OpeningHandshake handshake) {
        int port = lab.gateway().wsPort();
        TcpChannel channel = TcpChannel.open(port);
        lab.over(channel, Version.V5);
        return handshake.send(channel, port);
    }
}
