// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.gateway.transport.listen.WireConversation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The TCP wire, through real sockets. */
class TcpTest {

    @Test
    void bytesComeBackAsTheyWere() throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        bytes[0] = 0;
        try (Server server = Server.echoing();
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            for (int at = 0; at < bytes.length; at += 50_000) {
                bytes[at] = 0;
                byte[] part = Arrays.copyOfRange(bytes, at, at + 50_000);
                client.send(part);

                assertThat(client.read(50_000)).isEqualTo(part);
            }
        }
    }

    @Test
    void whatIsWrittenInOneTurnLeavesTogetherAndInOrder() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> {
                wire.write(new byte[] {'a'}, 0, 1);
                wire.write(new byte[] {'b'}, 0, 1);
                wire.write("xcdefx".getBytes(US_ASCII), 1, 4);
                assertThat(wire.pendingBytes()).isEqualTo(6);
            });

            assertThat(client.read(6)).asString(US_ASCII).isEqualTo("abcdef");
            conversation.onLoop(wire -> assertThat(wire.pendingBytes()).isZero());
        }
    }

    @Test
    void aListenerThatThrowsLosesOnlyItsOwnConnection() throws Exception {
        try (Server server = Server.echoing()) {
            InetSocketAddress address = server.tcp();
            try (RawSocketClient good = new RawSocketClient(address);
                    RawSocketClient bad = new RawSocketClient(address)) {
                WireConversation first = server.next();
                WireConversation second = server.next();

                bad.send(new byte[] {WireConversation.THROW});

                assertThat(bad.isEnded()).isTrue();
                await().until(() -> first.closed.isDone() || second.closed.isDone());
                assertThat((first.closed.isDone() ? first : second).closed.join())
                        .isEqualTo(CloseCause.LISTENER_FAILED);
                good.send("still here");
                assertThat(good.read(10)).asString(US_ASCII).isEqualTo("still here");
            }
        }
    }

    @Test
    void aPausedConnectionIsNotReadUntilItIsResumed() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();
            conversation.onLoop(Wire::pauseReading);

            client.send("hello");

            int ticks = conversation.ticks.get();
            await().until(() -> conversation.ticks.get() > ticks + 2);
            assertThat(conversation.received()).isEmpty();
            conversation.onLoop(Wire::resumeReading);
            await().until(() -> conversation.received().length == 5);
        }
    }

    @Test
    void aReaderThatIsTooSlowIsClosedBeforeItsOutputGrowsBeyondTheBound() throws Exception {
        TransportSettings settings = Server.QUICK.withMaxPendingBytes(200_000);
        byte[] block = new byte[10_000];
        try (Server server = Server.silent(settings);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            for (int i = 0; i < 5_000 && !conversation.closed.isDone(); i++) {
                conversation.onLoop(wire -> {
                    wire.write(block, 0, block.length);
                    assertThat(wire.pendingBytes()).isLessThanOrEqualTo(200_000);
                });
            }

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.SLOW);
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void outputThatMakesNoProgressClosesTheConnection() throws Exception {
        try (Server server = Server.silent(Server.QUICK.withMaxPendingBytes(64 << 20));
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            conversation.onLoop(wire -> wire.write(new byte[32 << 20], 0, 32 << 20));

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.SLOW);
            assertThat(client.socket.isClosed()).isFalse();
        }
    }

    @Test
    void aSlowReaderThatReadsGetsEveryByteAndThenTheListenerHearsThatItDrained() throws Exception {
        byte[] bytes = new byte[16 << 20];
        new Random(2).nextBytes(bytes);
        try (Server server = Server.silent(Server.QUICK.withMaxPendingBytes(64 << 20));
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();
            conversation.onLoop(wire -> {
                wire.write(bytes, 0, bytes.length);
                assertThat(wire.pendingBytes()).isPositive();
            });

            assertThat(Arrays.equals(client.read(bytes.length), bytes)).isTrue();

            await().until(() -> conversation.drained.get() == 1);
            conversation.onLoop(wire -> assertThat(wire.pendingBytes()).isZero());
        }
    }

    @Test
    void closingSendsWhatIsPendingFirst() throws Exception {
        byte[] bytes = new byte[4 << 20];
        try (Server server = Server.silent(Server.QUICK.withMaxPendingBytes(64 << 20));
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();
            conversation.onLoop(wire -> {
                wire.write(bytes, 0, bytes.length);
                wire.close(CloseCode.NORMAL);
                assertThat(wire.isOpen()).isFalse();
            });

            assertThat(client.read(bytes.length)).hasSize(bytes.length);
            assertThat(client.socket.getInputStream().read()).isEqualTo(-1);
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.WE_CLOSED);
        }
    }

    @Test
    void inputThatNobodyReadDoesNotTurnTheCloseIntoAReset() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();
            conversation.onLoop(Wire::pauseReading);
            client.send(new byte[100_000]);

            conversation.onLoop(wire -> {
                wire.write("last words".getBytes(US_ASCII), 0, 10);
                wire.close(CloseCode.NORMAL);
            });

            assertThat(conversation.closed).succeedsWithin(Duration.ofSeconds(5));
            assertThat(client.read(10)).asString(US_ASCII).isEqualTo("last words");
            assertThat(client.socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aPeerThatNeverClosesIsClosedWhenPatienceEnds() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            conversation.close(CloseCode.NORMAL);

            assertThat(client.socket.getInputStream().read()).isEqualTo(-1);
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.WE_CLOSED);
        }
    }

    @Test
    void theListenerHearsWhenThePeerCloses() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            client.hangUp();

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.PEER_CLOSED);
        }
    }

    @Test
    void aResetIsAnIoError() throws Exception {
        try (Server server = Server.silent(Server.QUICK);
                RawSocketClient client = new RawSocketClient(server.tcp())) {
            WireConversation conversation = server.next();

            client.socket.setSoLinger(true, 0);
            client.hangUp();

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.IO_ERROR);
        }
    }

    @Test
    void stoppingClosesTheListenerFirstAndTheConnectionsThen() throws Exception {
        Server server = Server.silent(Server.QUICK);
        InetSocketAddress address = server.tcp();
        try (RawSocketClient client = new RawSocketClient(address)) {
            WireConversation conversation = server.next();

            server.listeners.stopAccepting();

            await().until(() -> {
                try (RawSocketClient late = new RawSocketClient(address)) {
                    return late.isEnded();
                } catch (java.net.ConnectException refused) {
                    return true;
                }
            });
            assertThat(conversation.closed).isNotDone();
            server.listeners.stop(Duration.ofSeconds(2));
            assertThat(conversation.closed).isDone();
            assertThat(client.isEnded()).isTrue();
        }
    }
}
