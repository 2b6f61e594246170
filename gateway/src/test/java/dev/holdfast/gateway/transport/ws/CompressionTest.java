// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.codec.EncodedPublish;
import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.WireListener;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.gateway.transport.listen.WireConversation;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed messages, RFC 7692, in both directions. */
class CompressionTest {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final int COMPRESSED = 0x40;
    private static final int MOST_BYTES = 4 << 20;

    private final Server server = Server.silent(Server.QUICK);

    @AfterEach
    void stop() {
        server.close();
        assertThat(Server.QUICK.memory().held(Kind.UNFINISHED_INPUT)).isZero();
    }

    @Test
    void isAgreedUponOnlyWhereTheClientOffersItAndTheOperatorAllowsIt() throws Exception {
        InetSocketAddress allowed =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withDeflate());
        assertThat(answer(allowed, OFFER))
                .contains("\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
                        + " client_no_context_takeover\r\n");
        assertThat(answer(allowed)).startsWith("HTTP/1.1 101 ").doesNotContain("Extensions");
        assertThat(answer(allowed, OFFER + "; server_max_window_bits=9"))
                .startsWith("HTTP/1.1 101 ")
                .doesNotContain("Extensions");
        assertThat(answer(server.ws(), OFFER)).startsWith("HTTP/1.1 101 ").doesNotContain("Extensions");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 70_000, 1_000_000})
    void whatComesCompressedIsReadAsItWas(int size) throws Exception {
        byte[] text = text(size);
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated(text)));
            client.send(RawSocketClient.binary("plain".getBytes(US_ASCII)));
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated("again".getBytes(US_ASCII))));

            WireConversation conversation = server.next();
            await().until(() -> conversation.received().length == size + 10);
            assertThat(conversation.received()).asString(US_ASCII).isEqualTo(new String(text, US_ASCII) + "plainagain");
        }
    }

    /** The input is cut anywhere, in the middle of a header too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    void aMessageInFragmentsWithPingsBetweenComesWholeHoweverItsBytesArrive(int step) throws Exception {
        byte[] text = text(20_000);
        byte[] deflated = deflated(text);
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int third = deflated.length / 3;
        frames.write(RawSocketClient.frame(0x02 | COMPRESSED, Arrays.copyOf(deflated, third)));
        frames.write(RawSocketClient.frame(0x89, "one".getBytes(US_ASCII)));
        frames.write(RawSocketClient.frame(0x00, new byte[0]));
        frames.write(RawSocketClient.frame(0x00, Arrays.copyOfRange(deflated, third, deflated.length)));
        frames.write(RawSocketClient.frame(0x80, new byte[0]));
        byte[] all = frames.toByteArray();
        try (RawSocketClient client = connect()) {
            for (int at = 0; at < all.length; at += step) {
                client.send(Arrays.copyOfRange(all, at, Math.min(all.length, at + step)));
            }

            WireConversation conversation = server.next();
            await().until(() -> conversation.received().length == text.length);
            assertThat(conversation.received()).isEqualTo(text);
            assertThat(client.readFrame().payload()).asString(US_ASCII).isEqualTo("one");
        }
    }

    /** What came behind the last block was dropped without a word. RFC 7692, sections 7.2.3.4 and 7.2.3.5. */
    @Test
    void blocksThatSayThatTheyAreTheLastAreAllRead() throws Exception {
        byte[] two = concat(lastBlock("one"), lastBlock("two"));
        byte[] thousands = new byte[0];
        for (int i = 0; i < 2_000; i++) {
            thousands = concat(thousands, lastBlock("x"));
        }
        Map<byte[], String> messages = Map.of(
                concat(lastBlock("one"), new byte[1]),
                "one", // as section 7.2.3.4 has it
                lastBlock("one"),
                "one",
                two,
                "onetwo",
                concat(two, deflated("three".getBytes(US_ASCII))),
                "onetwothree",
                new byte[1],
                "", // section 7.2.3.6
                new byte[0],
                "",
                concat(thousands, new byte[1]),
                "x".repeat(2_000));
        for (Map.Entry<byte[], String> each : messages.entrySet()) {
            byte[] message = each.getKey();
            String expected = each.getValue() + "next";
            for (int cut = 0; cut <= Math.min(message.length, 20); cut++) {
                try (RawSocketClient client = connect()) {
                    client.send(RawSocketClient.frame(0x02 | COMPRESSED, Arrays.copyOf(message, cut)));
                    client.send(RawSocketClient.frame(0x80, Arrays.copyOfRange(message, cut, message.length)));
                    client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated("next".getBytes(US_ASCII))));

                    WireConversation conversation = server.next();
                    await().until(() -> conversation.received().length >= expected.length());
                    assertThat(conversation.received()).asString(US_ASCII).isEqualTo(expected);
                }
            }
        }
    }

    /** What had come of it was taken for the whole. */
    @Test
    void aMessageThatEndsWithinABlockIsAProtocolErrorWhereverItIsCut() throws Exception {
        byte[] random = new byte[300];
        new Random(7).nextBytes(random);
        for (byte[] message : List.of(
                deflated("fixed codes".getBytes(US_ASCII)),
                deflated(text(500)), // codes of its own
                deflated(random), // not compressed
                new byte[] {0, 4, 0, ~4, -1, 'f', 'o', 'u', 'r'
                }, // not either; the end that is left out has as many bytes
                concat(lastBlock("one"), deflated("two".getBytes(US_ASCII))))) {
            for (int length = 1; length < message.length; length += Math.max(1, message.length / 12)) {
                byte[] cut = Arrays.copyOf(message, length);
                if (Arrays.equals(cut, new byte[1]) || Arrays.equals(cut, lastBlock("one"))) {
                    continue; // which are whole
                }
                try (RawSocketClient client = connect()) {
                    client.send(RawSocketClient.frame(0x82 | COMPRESSED, cut));

                    assertThat(client.closeCode())
                            .as("the first %d of %d bytes", length, message.length)
                            .isEqualTo(1002);
                    WireConversation conversation = server.next();
                    client.hangUp();
                    assertThat(conversation.closed)
                            .succeedsWithin(Duration.ofSeconds(5))
                            .isEqualTo(CloseCause.PROTOCOL_VIOLATION);
                }
            }
        }
    }

    @Test
    void whatFollowsALastBlockAndIsNotCompressedIsAProtocolError() throws Exception {
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, concat(lastBlock("one"), new byte[] {7, 1, 2, 3})));

            assertThat(client.closeCode()).isEqualTo(1002);
        }
    }

    /** A block that says that it is the last. */
    private static byte[] lastBlock(String text) {
        Deflater deflater = new Deflater(6, true);
        deflater.setInput(text.getBytes(US_ASCII));
        deflater.finish();
        byte[] block = new byte[100];
        int length = deflater.deflate(block);
        deflater.end();
        return Arrays.copyOf(block, length);
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @ParameterizedTest
    @ValueSource(ints = {0xC9, 0xC8, 0xC0, 0x40, 0xA2, 0x92, 0xE2})
    void reservedBitsElsewhereAreAProtocolError(int first) throws Exception {
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x02, "begun".getBytes(US_ASCII)));
            client.send(RawSocketClient.frame(first, new byte[2]));

            assertThat(client.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void aCompressedMessageThatNobodyHasAgreedUponIsAProtocolError() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withDeflate()))) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated(text(10))));

            assertThat(client.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void whatIsNotCompressedThoughItSaysSoIsAProtocolError() throws Exception {
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, new byte[] {7, 1, 2, 3}));

            assertThat(client.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void fewBytesThatBecomeVeryManyAreTooLarge() throws Exception {
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated(new byte[MOST_BYTES + 1])));

            assertThat(client.closeCode()).isEqualTo(1009);
            WireConversation conversation = server.next();
            assertThat(conversation.received().length).isLessThanOrEqualTo(MOST_BYTES);
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.PROTOCOL_VIOLATION);
        }
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated(new byte[MOST_BYTES])));
            WireConversation conversation = server.next();
            await().until(() -> conversation.received().length == MOST_BYTES);
        }
    }

    @Test
    void nothingMoreIsInflatedWhileTheListenerDoesNotRead() throws Exception {
        AtomicInteger received = new AtomicInteger();
        CompletableFuture<Wire> opened = new CompletableFuture<>();
        InetSocketAddress address = server.listeners.webSocket(
                Server.loopback(), ListenerOptions.PLAIN, Server.webSocket().withDeflate(), wire -> {
                    opened.complete(wire);
                    return new WireListener() {
                        @Override
                        public void received(byte[] buffer, int offset, int length) {
                            if (received.getAndAdd(length) == 0) {
                                wire.pauseReading();
                            }
                        }

                        @Override
                        public void closed(CloseCause cause) {}

                        @Override
                        public void tick() {}

                        @Override
                        public void drained() {}
                    };
                });
        try (RawSocketClient client = connect(address)) {
            client.send(RawSocketClient.frame(0x82 | COMPRESSED, deflated(new byte[1_000_000])));
            client.send(RawSocketClient.binary(new byte[10]));
            await().until(() -> received.get() > 0);
            Wire wire = opened.join();
            for (int turn = 0; turn < 20; turn++) {
                CompletableFuture<Void> turned = new CompletableFuture<>();
                wire.loop().execute(() -> turned.complete(null));
                turned.join();
            }
            assertThat(received.get()).as("one piece").isLessThanOrEqualTo(16 * 1024);

            wire.loop().execute(wire::resumeReading);

            await().until(() -> received.get() == 1_000_010);
        }
    }

    @Test
    void anUnfinishedMessageIsChargedUntilItsConnectionEnds() throws Exception {
        byte[] deflated = deflated(text(20_000));
        try (RawSocketClient client = connect()) {
            client.send(RawSocketClient.frame(0x02 | COMPRESSED, Arrays.copyOf(deflated, deflated.length / 2)));
            WireConversation conversation = server.next();
            await().until(() -> Server.QUICK.memory().held(Kind.UNFINISHED_INPUT) >= Inflation.INFLATER_BYTES);

            client.hangUp();

            assertThat(conversation.closed).succeedsWithin(Duration.ofSeconds(5));
            await().until(() -> Server.QUICK.memory().held(Kind.UNFINISHED_INPUT) == 0);
        }
    }

    @Test
    void aPublicationOfQos0GoesCompressedToThoseWhoAgreedAndAsItIsToOthers() throws Exception {
        Message message = message(text(2_000));
        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, 0);
        byte[] plain = Arrays.copyOf(encoded.bytes(), encoded.length());
        InetSocketAddress address =
                server.ws(ListenerOptions.PLAIN, Server.webSocket().withDeflate());
        try (RawSocketClient agreed = connect(address);
                RawSocketClient other = RawSocketClient.webSocket(address)) {
            for (int i = 0; i < 2; i++) {
                WireConversation conversation = server.next();
                conversation.onLoop(wire -> wire.write(encoded.bytes(), encoded.headLength(), message));
            }

            RawSocketClient.Frame frame = agreed.readFrame();
            assertThat(frame.first()).isEqualTo(0x82 | COMPRESSED);
            assertThat(frame.payload()).hasSizeLessThan(plain.length / 2);
            assertThat(inflated(frame.payload())).isEqualTo(plain);
            assertThat(other.readPayload(plain.length)).isEqualTo(plain);
        }
    }

    /** A long payload stands in the message alone. */
    @ParameterizedTest
    @ValueSource(ints = {129, 4_000, 5_000, 60_000})
    void everyLengthIsCompressedWhole(int size) throws Exception {
        Message message = message(text(size));
        EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_3_1_1, 0, true, 0);
        try (RawSocketClient client = connect()) {
            server.next().onLoop(wire -> wire.write(encoded.bytes(), encoded.headLength(), message));

            byte[] packet = inflated(client.readFrame().payload());
            assertThat(packet).hasSize(encoded.length());
            assertThat(Arrays.copyOfRange(packet, encoded.headLength(), packet.length))
                    .isEqualTo(text(size));
        }
    }

    @Test
    void whatIsShortOrOfAnotherQosOrHardlyBecomesSmallerGoesAsItIs() throws Exception {
        byte[] random = new byte[2_000];
        new Random(7).nextBytes(random);
        try (RawSocketClient client = connect()) {
            WireConversation conversation = server.next();
            for (Message message : new Message[] {message(text(20)), message(random), message(text(70_000))}) {
                EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, 0);
                conversation.onLoop(wire -> wire.write(encoded.bytes(), encoded.headLength(), message));
                assertThat(client.readPayload(encoded.length())).hasSize(encoded.length());
            }
            Message message = message(text(2_000));
            EncodedPublish encoded = EncodedPublish.of(message, MqttVersion.MQTT_5, 1, false, 0);
            conversation.onLoop(wire -> wire.write(encoded.bytes(), encoded.headLength(), message));
            assertThat(client.readPayload(encoded.length())).hasSize(encoded.length());
        }
    }

    @Test
    void oneFrameServesAllWhoGetTheSamePacket() {
        DeflatedPublications publications = new DeflatedPublications();
        Message message = message(text(2_000));
        EncodedPublish one = EncodedPublish.of(message, MqttVersion.MQTT_5, 0, false, 0);
        EncodedPublish other = EncodedPublish.of(message, MqttVersion.MQTT_3_1_1, 0, false, 0);

        byte[] frame = publications.of(one.bytes(), one.headLength(), message);

        assertThat(publications.of(one.bytes(), one.headLength(), message)).isSameAs(frame);
        assertThat(publications.of(other.bytes(), other.headLength(), message)).isNotEqualTo(frame);
    }

    private RawSocketClient connect() throws IOException {
        return connect(server.ws(ListenerOptions.PLAIN, Server.webSocket().withDeflate()));
    }

    private static RawSocketClient connect(InetSocketAddress address) throws IOException {
        RawSocketClient client = new RawSocketClient(address);
        client.send(RawSocketClient.request("/mqtt", OFFER));
        assertThat(client.head()).contains("permessage-deflate");
        return client;
    }

    private static String answer(InetSocketAddress address, String... headers) throws IOException {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(RawSocketClient.request("/mqtt", headers));
            return client.head();
        }
    }

    private static Message message(byte[] payload) {
        return Message.of(new MessageId(1, 2), "a/topic", payload, 0, false, 0);
    }

    private static byte[] text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < length; i++) {
            text.append("{\"sensor\":")
                    .append(i)
                    .append(",\"value\":")
                    .append(i * 7 % 100)
                    .append("}\n");
        }
        return text.substring(0, length).getBytes(US_ASCII);
    }

    private static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater(6, true);
        deflater.setInput(bytes);
        byte[] out = new byte[bytes.length + 64];
        int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return Arrays.copyOf(out, Math.max(1, length - 4));
    }

    private static byte[] inflated(byte[] bytes) throws DataFormatException {
        Inflater inflater = new Inflater(true);
        byte[] input = Arrays.copyOf(bytes, bytes.length + 4);
        input[bytes.length + 2] = -1;
        input[bytes.length + 3] = -1;
        inflater.setInput(input);
        byte[] out = new byte[1 << 17];
        int length = inflater.inflate(out);
        inflater.end();
        return Arrays.copyOf(out, length);
    }
}
