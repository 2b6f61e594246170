// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.transport.CloseCause;
import dev.holdfast.gateway.transport.CloseCode;
import dev.holdfast.gateway.transport.listen.RawSocketClient;
import dev.holdfast.gateway.transport.listen.Server;
import dev.holdfast.gateway.transport.listen.WireConversation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WebSocket clients that break the rules: each loses its own connection, with the code RFC 6455 names. */
class BadFramesTest {

    private static final byte[] NOTHING = {};

    private final Server server = Server.echoing();
    private InetSocketAddress address = server.ws();
    private RawSocketClient bystander;

    @BeforeEach
    void aBystanderIsConnected() throws Exception {
        address = server.ws();
        bystander = RawSocketClient.webSocket(address);
        server.next();
    }

    @AfterEach
    void theBystanderNoticesNothing() throws Exception {
        bystander.send(RawSocketClient.binary("ping".getBytes(US_ASCII)));
        assertThat(bystander.readPayload(4)).asString(US_ASCII).isEqualTo("ping");
        bystander.close();
        server.close();
    }

    @Test
    void anUnmaskedDataFrameCloses1002() throws Exception {
        refused(1002, new byte[] {(byte) 0x82, 1, 'x'});
    }

    @Test
    void anUnmaskedControlFrameCloses1002() throws Exception {
        refused(1002, new byte[] {(byte) 0x89, 0});
    }

    @Test
    void aReservedBitCloses1002() throws Exception {
        for (int bit : new int[] {0x40, 0x20, 0x10}) {
            refused(1002, RawSocketClient.frame(0x82 | bit, "x".getBytes(US_ASCII)));
        }
    }

    @Test
    void aReservedOpcodeCloses1002() throws Exception {
        for (int opcode : new int[] {3, 7, 0xB, 0xF}) {
            refused(1002, RawSocketClient.frame(0x80 | opcode, "x".getBytes(US_ASCII)));
        }
    }

    @Test
    void aTextFrameCloses1003() throws Exception {
        refused(1003, RawSocketClient.frame(0x81, "x".getBytes(US_ASCII)));
    }

    @Test
    void aContinuationWithoutAStartCloses1002() throws Exception {
        refused(1002, RawSocketClient.frame(0x80, "x".getBytes(US_ASCII)));
    }

    @Test
    void aMessageWithinAMessageCloses1002() throws Exception {
        refused(1002, RawSocketClient.frame(0x02, NOTHING), RawSocketClient.binary("x".getBytes(US_ASCII)));
    }

    @Test
    void aFragmentedControlFrameCloses1002() throws Exception {
        refused(1002, RawSocketClient.frame(0x09, NOTHING));
    }

    @Test
    void aControlFrameOver125BytesCloses1002() throws Exception {
        refused(1002, RawSocketClient.frame(0x89, new byte[126]));
    }

    @Test
    void aFrameBeyondSanityCloses1009BeforeItsPayloadComes() throws Exception {
        refused(1009, head(0, 0, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void aNegativeLengthCloses1009() throws Exception {
        refused(1009, head(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
    }

    @Test
    void aLengthThatIsNotMinimalCloses1002() throws Exception {
        refused(1002, head(0, 0, 0, 0, 0, 0, 0, 5));
        refused(1002, new byte[] {(byte) 0x82, (byte) 0xFE, 0, 5, 0, 0, 0, 0});
    }

    @Test
    void aCloseFrameOfOneByteCloses1002() throws Exception {
        refused(1002, RawSocketClient.frame(0x88, new byte[] {3}));
    }

    @Test
    void aCloseFrameWithACodeThatMayNotBeSentCloses1002() throws Exception {
        for (int code : new int[] {0, 999, 1004, 1005, 1006, 1015, 2000, 5000}) {
            refused(1002, RawSocketClient.frame(0x88, new byte[] {(byte) (code >> 8), (byte) code}));
        }
    }

    @Test
    void aCloseReasonThatIsNotUtf8Closes1007() throws Exception {
        refused(1007, RawSocketClient.frame(0x88, new byte[] {3, (byte) 0xE8, (byte) 0xC0, (byte) 0x80}));
    }

    @Test
    void aFloodOfEmptyFragmentsCloses1008() throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        flood.write(RawSocketClient.frame(0x02, NOTHING));
        for (int i = 0; i < 1_000; i++) {
            flood.write(RawSocketClient.frame(0x00, NOTHING));
        }
        refused(1008, flood.toByteArray());
    }

    @Test
    void aFloodOfPingsIsAnsweredWithFewPongsAndNeverPilesUp() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(address)) {
            WireConversation conversation = server.next();
            byte[] ping = RawSocketClient.frame(0x89, new byte[125]);
            byte[] flood = new byte[ping.length * 1_000];
            for (int i = 0; i < 1_000; i++) {
                System.arraycopy(ping, 0, flood, i * ping.length, ping.length);
            }

            for (int i = 0; i < 20; i++) {
                client.send(flood);
                conversation.onLoop(wire -> assertThat(wire.pendingBytes()).isLessThan(1_000));
            }

            // The first answer is waited for: the flood may still be in the kernel, and a closing wire answers no ping.
            assertThat(client.readFrame().first()).isEqualTo(0x8A);
            conversation.close(CloseCode.NORMAL);
            int pongs = 1;
            RawSocketClient.Frame frame = client.readFrame();
            while (frame.first() == 0x8A) {
                pongs++;
                frame = client.readFrame();
            }
            assertThat(frame.payload()).containsExactly(3, 0xE8);
            assertThat(pongs).isLessThan(10_000);
        }
    }

    @Test
    void bytesAfterTheCloseFrameAreNotListenedTo() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(address)) {
            WireConversation conversation = server.next();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write(RawSocketClient.frame(0x88, NOTHING));
            all.write(RawSocketClient.binary("too late".getBytes(US_ASCII)));

            client.send(all.toByteArray());

            assertThat(client.closeCode()).isEqualTo(1005);
            assertThat(client.isEnded()).isTrue();
            assertThat(conversation.received()).isEmpty();
        }
    }

    @Test
    void aSecondHttpRequestAfterTheUpgradeIsABadFrame() throws Exception {
        try (RawSocketClient client = new RawSocketClient(address)) {
            client.send(RawSocketClient.request("/mqtt") + RawSocketClient.request("/mqtt"));

            assertThat(client.status()).isEqualTo(101);
            assertThat(client.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void aFrameThatTricklesInHoldsNoMoreThanWhatCame() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(address)) {
            WireConversation conversation = server.next();
            byte[] frame = RawSocketClient.binary(new byte[60_000]);

            client.send(Arrays.copyOf(frame, 9));

            await().until(() -> conversation.received().length == 1);
        }
    }

    @Test
    void aHalfClosedSocketIsClosed() throws Exception {
        try (RawSocketClient client = RawSocketClient.webSocket(address)) {
            WireConversation conversation = server.next();

            client.socket.shutdownOutput();

            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.PEER_CLOSED);
        }
    }

    private void refused(int code, byte[]... frames) throws IOException, InterruptedException {
        try (RawSocketClient client = RawSocketClient.webSocket(address)) {
            WireConversation conversation = server.next();
            for (byte[] frame : frames) {
                client.send(frame);
            }

            assertThat(client.closeCode()).isEqualTo(code);
            assertThat(client.isEnded()).isTrue();
            client.hangUp();
            assertThat(conversation.closed)
                    .succeedsWithin(Duration.ofSeconds(5))
                    .isEqualTo(CloseCause.PROTOCOL_VIOLATION);
            assertThat(conversation.received()).isEmpty();
        }
    }

    private static byte[] head(int... length) {
        byte[] head = new byte[14];
        head[0] = (byte) 0x82;
        head[1] = (byte) 0xFF;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (byte) length[i];
        }
        return head;
    }
}
