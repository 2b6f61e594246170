// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.listen.ListenerOptions;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.gateway.transport.listen.WireConversation;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An open WebSocket whose client keeps the rules. */
class WebSocketTest {

    private final Server server = Server.echoing();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void payloadOfAnySizeComesBackAsItWas() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            for (int size : new int[] {1, 7, 125, 126, 8_187, 8_188, 8_189, 65_535, 65_536, 200_000}) {
                byte[] payload = bytes(size);

                client.send(RawSocketClient.binary(payload));

                assertThat(client.readPayload(size)).isEqualTo(payload);
            }
        }
    }

    @Test
    void aFrameInTheSameSegmentAsTheRequestIsNotLost() throws Exception {
        try (RawSocketClient client = new RawSocketClient(server.ws())) {
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.write(RawSocketClient.request("/mqtt").getBytes(US_ASCII));
            both.write(RawSocketClient.binary(bytes(500)));

            client.send(both.toByteArray());

            assertThat(client.status()).isEqualTo(101);
            assertThat(client.readPayload(500)).isEqualTo(bytes(500));
        }
    }

    @Test
    void everythingMayComeByteByByte() throws Exception {
        try (RawSocketClient client = new RawSocketClient(server.ws())) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write(RawSocketClient.request("/mqtt").getBytes(US_ASCII));
            all.write(RawSocketClient.binary(bytes(300)));
            all.write(RawSocketClient.frame(0x89, bytes(3)));
            all.write(RawSocketClient.binary(bytes(5)));

            for (byte one : all.toByteArray()) {
                client.send(new byte[] {one});
            }

            assertThat(client.status()).isEqualTo(101);
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            int pongs = 0;
            while (payload.size() < 305 || pongs < 1) {
                RawSocketClient.Frame frame = client.readFrame();
                if (frame.first() == 0x8A) {
                    pongs++;
                } else {
                    payload.write(frame.payload());
                }
            }
            assertThat(pongs).isEqualTo(1);
            assertThat(payload.toByteArray()).startsWith(bytes(300));
        }
    }

    @Test
    void aMessageMayComeInFragmentsWithAPingBetweenThem() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            client.send(RawSocketClient.frame(0x02, "one ".getBytes(US_ASCII)));
            client.send(RawSocketClient.frame(0x00, "two ".getBytes(US_ASCII)));
            client.send(RawSocketClient.frame(0x89, new byte[0]));
            client.send(RawSocketClient.frame(0x80, "three".getBytes(US_ASCII)));

            WireConversation conversation = server.next();

            await().until(() -> conversation.received().length == 13);
            assertThat(conversation.received()).asString(US_ASCII).isEqualTo("one two three");
        }
    }

    /** Paho for C looks for one packet in a frame: a second one waited there until something else came. */
    @Test
    void eachWriteIsOneFrameWhateverItsSize() throws Exception {
        int[] sizes = {100, 1, 125, 126, 8_180, 8_190, 8_191, 8_192, 3, 65_535, 65_536, 200_000, 2};
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> {
                for (int size : sizes) {
                    wire.write(bytes(size), 0, size);
                }
            });

            for (int size : sizes) {
                RawSocketClient.Frame frame = client.readFrame();
                assertThat(frame.first()).isEqualTo(0x82);
                assertThat(frame.payload()).isEqualTo(bytes(size));
            }
            await().untilAsserted(() ->
                    conversation.onLoop(wire -> assertThat(wire.pendingBytes()).isZero()));
        }
    }

    @Test
    void smallFramesOfOneTurnLeaveTogether() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> {
                wire.write(bytes(3), 0, 3);
                wire.write(bytes(4), 0, 4);
                assertThat(wire.pendingBytes()).isEqualTo(2 + 3 + 2 + 4);
            });

            byte[] both = new byte[64];
            assertThat(client.socket.getInputStream().read(both)).isEqualTo(2 + 3 + 2 + 4);
        }
    }

    @Test
    void aPingIsAnsweredWithItsPayload() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            client.send(RawSocketClient.frame(0x89, bytes(125)));

            RawSocketClient.Frame pong = client.readFrame();

            assertThat(pong.first()).isEqualTo(0x8A);
            assertThat(pong.payload()).isEqualTo(bytes(125));
        }
    }

    @Test
    void aCloseFrameIsEchoedWithItsCodeAndTheConnectionEnds() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            client.send(RawSocketClient.frame(0x88, new byte[] {0x0F, (byte) 0xA1, 'b', 'y', 'e'}));

            assertThat(client.closeCode()).isEqualTo(4001);
            assertThat(client.isEnded()).isTrue();
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.PEER_CLOSED);
        }
    }

    @Test
    void ourCloseCarriesCodeAndReasonAfterWhatWasPending() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> {
                wire.write(bytes(10), 0, 10);
                wire.close(new CloseCode(4003, "kicked"));
                wire.write(bytes(10), 0, 10);
            });

            assertThat(client.readFrame().payload()).isEqualTo(bytes(10));
            RawSocketClient.Frame close = client.readFrame();
            assertThat(close.first()).isEqualTo(0x88);
            assertThat(new String(close.payload(), 2, close.payload().length - 2, US_ASCII))
                    .isEqualTo("kicked");
            client.send(RawSocketClient.frame(0x88, new byte[] {0x0F, (byte) 0xA3}));
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.WE_CLOSED);
        }
    }

    @Test
    void anIdleSocketIsPingedAndAPongKeepsItAlive() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(100), Duration.ofMillis(150), Duration.ofSeconds(5));
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws(ListenerOptions.PLAIN, quick))) {
            WireConversation conversation = server.next();

            for (int i = 0; i < 5; i++) {
                assertThat(client.readFrame().first()).isEqualTo(0x89);
                client.send(RawSocketClient.frame(0x8A, new byte[0]));
            }

            assertThat(conversation.closed).isNotDone();
        }
    }

    /** Paho for Python answers with a frame that is not masked, and was thrown out for it at its first ping. */
    @Test
    void aPongWithoutAMaskKeepsASocketAliveToo() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(100), Duration.ofMillis(150), Duration.ofSeconds(5));
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws(ListenerOptions.PLAIN, quick))) {
            WireConversation conversation = server.next();

            for (int i = 0; i < 3; i++) {
                assertThat(client.readFrame().first()).isEqualTo(0x89);
                client.send(new byte[] {(byte) 0x8A, 1, 'x'});
            }
            client.send(RawSocketClient.binary(bytes(5)));

            assertThat(client.readPayload(5)).isEqualTo(bytes(5));
            assertThat(conversation.closed).isNotDone();
        }
    }

    /** Paho for Python answers our Close so, and Caddy says goodbye so to both sides when it reloads. */
    @Test
    void aCloseWithoutAMaskIsACloseLikeAnother() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            client.send(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xE9});

            assertThat(client.closeCode()).isEqualTo(1001);
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(10))
                    .isEqualTo(CloseCause.PEER_CLOSED);
        }
    }

    /** A ping ended Paho for Java; a frame with nothing in it is traffic for a balancer, too. */
    @Test
    void aClientThatAPingWouldEndIsSentEmptyFramesAndNeedNotAnswer() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(5));
        try (RawSocketClient client = new RawSocketClient(server.ws(ListenerOptions.PLAIN, quick))) {
            byte[] key = Arrays.copyOf(UUID.randomUUID().toString().getBytes(US_ASCII), 16);
            client.send(RawSocketClient.request(
                    "/mqtt", "Sec-WebSocket-Key: " + Base64.getEncoder().encodeToString(key)));
            assertThat(client.status()).isEqualTo(101);
            WireConversation conversation = server.next();

            for (int i = 0; i < 5; i++) {
                RawSocketClient.Frame frame = client.readFrame();
                assertThat(frame.first()).isEqualTo(0x82);
                assertThat(frame.payload()).isEmpty();
            }

            assertThat(conversation.closed).isNotDone();
        }
    }

    @Test
    void whoseListenerEndsSilenceIsPingedOnAndOnAndNotClosed() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(5));
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws(ListenerOptions.PLAIN, quick))) {
            WireConversation conversation = server.next();
            conversation.endsSilence = true;

            for (int i = 0; i < 5; i++) {
                assertThat(client.readFrame().first()).isEqualTo(0x89);
            }

            assertThat(conversation.closed).isNotDone();
        }
    }

    @Test
    void aPeerThatAnswersNoPingIsClosedAsIdle() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(100), Duration.ofMillis(150), Duration.ofSeconds(5));
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws(ListenerOptions.PLAIN, quick))) {
            WireConversation conversation = server.next();

            assertThat(client.readFrame().first()).isEqualTo(0x89);

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.IDLE);
        }
    }

    @Test
    void aPausedWebSocketIsNotReadAndNotCalledIdle() throws Exception {
        WebSocketSettings quick =
                Server.webSocket().withTimes(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(5));
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws(ListenerOptions.PLAIN, quick))) {
            WireConversation conversation = server.next();
            conversation.onLoop(Wire::pauseReading);

            client.send(RawSocketClient.binary(bytes(5)));

            int ticks = conversation.ticks.get();
            await().until(() -> conversation.ticks.get() > ticks + 6);
            assertThat(conversation.received()).isEmpty();
            assertThat(conversation.closed).isNotDone();
            conversation.onLoop(Wire::resumeReading);
            await().until(() -> conversation.received().length == 5);
        }
    }

    @Test
    void aWebSocketReaderThatIsTooSlowIsClosed() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(server.ws())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> {
                for (int i = 0; i < 2_000 && wire.isOpen(); i++) {
                    wire.write(bytes(10_000), 0, 10_000);
                    assertThat(wire.pendingBytes()).isLessThan(1_100_000);
                }
            });

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.SLOW);
            assertThat(client.socket.isClosed()).isFalse();
        }
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        bytes[0] = 1;
        return bytes;
    }
}
