// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.listen.SocketListeners;
import dev.holdfast.store.cluster.InboxEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The door of a gateway's links, at which anybody may knock, through real sockets. */
final class LinksTest {
    private static final long WRITER = 0x1234_5678_9ABC_DEF0L;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final SocketListeners listeners =
            SocketListeners.start(TransportSettings.defaults().withIoThreads(1), TransportObserver.NONE);
    private final Links links = new Links(
            (address, acceptor) ->
                    listeners.connect(address, listeners.loops().get(0), Duration.ofSeconds(2), acceptor),
            "127.0.0.1",
            new Metrics(registry));
    private final Heard heard = new Heard();
    private final Told told = new Told();
    private final List<Socket> sockets = new ArrayList<>();
    private int port;
    private LinkCard card;

    @BeforeEach
    void listen() throws IOException {
        port = listeners
                .peers(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), links)
                .getPort();
        links.listening(port);
        card = links.open(heard);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        listeners.close();
    }

    @Test
    void whoKnowsTheSecretIsHeardAndHearsWhatHasBeenRead() {
        OutgoingLink link = dial(card);
        await().until(() -> told.opened);

        send(link, InboxEntry.of(WRITER, 1, List.of(bytes("a"), bytes("b"))));
        send(link, InboxEntry.of(WRITER, 2, List.of(bytes("c"))));
        ask(link, 2);

        await().until(() -> heard.entries.size() == 2 && heard.asked.contains(2L));
        assertThat(heard.entries)
                .allSatisfy(entry -> assertThat(entry.writer()).isEqualTo(WRITER))
                .extracting(InboxEntry::number)
                .containsExactly(1L, 2L);
        assertThat(heard.entries.get(0).notes()).containsExactly(bytes("a"), bytes("b"));
        heard.links.get(0).acknowledge(2);
        await().until(() -> told.acknowledged.contains(2L));
        assertThat(registry.get("mqtt.gateway.links").gauge().value()).isEqualTo(1);
    }

    @Test
    void anEntryOfManyReadsArrivesWhole() {
        byte[] large = new byte[5_000_000];
        new Random(1).nextBytes(large);
        OutgoingLink link = dial(card);
        await().until(() -> told.opened);

        send(link, InboxEntry.of(WRITER, 1, List.of(bytes("first"))));
        send(link, InboxEntry.of(WRITER, 2, List.of(large)));
        send(link, InboxEntry.of(WRITER, 3, List.of(bytes("last"))));

        await().until(() -> heard.entries.size() == 3);
        assertThat(heard.entries.get(1).notes()).containsExactly(large);
        assertThat(heard.entries.get(2).notes()).containsExactly(bytes("last"));
    }

    @Test
    void entriesArriveWholeWhereverTheReadsCutThem() {
        Random random = new Random(2);
        List<byte[]> notes = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            byte[] note = new byte[random.nextInt(20_000)];
            random.nextBytes(note);
            notes.add(note);
        }
        OutgoingLink link = dial(card);
        await().until(() -> told.opened);

        for (int i = 0; i < notes.size(); i++) {
            send(link, InboxEntry.of(WRITER, i + 1, List.of(notes.get(i))));
        }

        await().until(() -> heard.entries.size() == notes.size());
        for (int i = 0; i < notes.size(); i++) {
            assertThat(heard.entries.get(i).number()).isEqualTo(i + 1);
            assertThat(heard.entries.get(i).notes()).containsExactly(notes.get(i));
        }
    }

    @Test
    void whoIsNoGatewayIsPartedWithAtItsFirstWrongByte() throws IOException {
        Socket stranger = knock();
        stranger.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(US_ASCII));

        assertThat(isGone(stranger)).isTrue();
        assertRefused("link_greeting");
    }

    @Test
    void whoDoesNotKnowTheSecretTellsNothing() throws IOException {
        byte[] guessed = LinkProof.random(LinkProof.SECRET_BYTES);
        Socket stranger = knock();
        introduce(stranger, guessed, frame(9, 0, 1, new byte[9]));

        assertThat(isGone(stranger)).isTrue();
        assertRefused("link_proof");
        assertThat(heard.links).isEmpty();
        assertThat(heard.entries).isEmpty();
    }

    /** What one gateway has proved to another is of no use to whoever has listened. */
    @Test
    void aProofThatWasOverheardIsWorthNothing() throws IOException {
        Socket first = knock();
        byte[] introduction = introduce(first, card.secret());
        assertThat(new DataInputStream(first.getInputStream()).readNBytes(LinkProof.PROOF_BYTES))
                .hasSize(LinkProof.PROOF_BYTES);

        Socket second = knock();
        second.getOutputStream().write(introduction);

        assertThat(isGone(second)).isTrue();
        assertRefused("link_proof");
    }

    @Test
    void whoSaysNothingIsPartedWithAfterFiveSeconds() throws IOException {
        Socket stranger = knock();
        stranger.getOutputStream().write(LinkProof.GREETING);
        long began = System.nanoTime();

        assertThat(isGone(stranger)).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(9));
        assertRefused("link_timeout");
    }

    @Test
    void strangersAreNotManyAtATimeAndGatewaysAreNotAmongThem() throws IOException {
        OutgoingLink link = dial(card);
        await().until(() -> told.opened);
        for (int i = 0; i < 256; i++) {
            knock();
        }

        Socket oneTooMany = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(oneTooMany);

        assertThat(isGone(oneTooMany)).isTrue();
        assertRefused("link_busy");
        send(link, InboxEntry.of(WRITER, 1, List.of(bytes("still"))));
        await().until(() -> heard.entries.size() == 1);
        sockets.get(0).close();
        await().untilAsserted(() -> assertThat(isWelcome()).isTrue());
    }

    @Test
    void aFrameOfNegativeLengthEndsItsLink() throws IOException {
        Socket gateway = knock();
        introduce(gateway, card.secret());
        gateway.getOutputStream().write(frame(-1, 0, 1, new byte[0]));

        assertThat(isGone(gateway)).isTrue();
        assertRefused("link_frame");
        await().until(() -> heard.closed.size() == 1);
    }

    @Test
    void aFrameThatAnnouncesMuchTakesNoMemoryBeforeItComes() throws IOException {
        List<Socket> gateways = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Socket gateway = knock();
            introduce(gateway, card.secret());
            gateway.getOutputStream().write(frame(Integer.MAX_VALUE, 0, 1, new byte[100]));
            gateways.add(gateway);
        }
        await().until(() -> heard.links.size() == gateways.size());

        OutgoingLink link = dial(card);
        await().until(() -> told.opened);
        send(link, InboxEntry.of(WRITER, 1, List.of(bytes("alive"))));

        // 64 times two gigabytes would have been an OutOfMemoryError, and the end of each of them.
        await().until(() -> heard.entries.size() == 1);
        assertThat(heard.closed).isEmpty();
    }

    @Test
    void whoHasTakenThePortOfAGatewayOverIsToldNothing() throws IOException {
        try (ServerSocket impostor = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            dial(new LinkCard("127.0.0.1", impostor.getLocalPort(), card.secret()));
            try (Socket socket = impostor.accept()) {
                OutputStream out = socket.getOutputStream();
                out.write(LinkProof.GREETING);
                out.write(new byte[LinkProof.NONCE_BYTES]);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                assertThat(in.readNBytes(60)).hasSize(60);
                out.write(new byte[LinkProof.PROOF_BYTES]);

                await().until(() -> told.closed);
                assertThat(isGone(socket)).isTrue();
            }
        }
        assertThat(told.opened).isFalse();
    }

    @Test
    void whereNobodyListensTheLinkIsToldToBeClosed() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }

        dial(new LinkCard("127.0.0.1", free, card.secret()));

        await().until(() -> told.closed);
    }

    /** A gateway that was taken for dead hears nothing more under its old name. */
    @Test
    void aDoorThatIsShutPartsWithAllAndItsOldSecretOpensItNoMore() throws IOException {
        dial(card);
        await().until(() -> told.opened);
        Socket undecided = knock();

        links.shut();
        await().until(() -> told.closed && heard.closed.size() == 1);
        Socket stranger = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(stranger);
        assertThat(isGone(stranger)).isTrue();
        assertRefused("link_closed");

        LinkCard next = links.open(heard);
        introduce(undecided, card.secret());
        assertThat(isGone(undecided)).isTrue();
        Socket late = knock();
        introduce(late, card.secret());
        assertThat(isGone(late)).isTrue();
        Told again = new Told();
        links.dial(next, WRITER, again);
        await().until(() -> again.opened);
    }

    private OutgoingLink dial(LinkCard to) {
        return links.dial(to, WRITER, told);
    }

    private void send(OutgoingLink link, InboxEntry entry) {
        listeners.loops().get(0).execute(() -> link.send(entry, false));
    }

    private void ask(OutgoingLink link, long number) {
        listeners.loops().get(0).execute(() -> link.ask(number));
    }

    /** A connection that has been welcomed, as everybody is. */
    private Socket knock() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        assertThat(new DataInputStream(socket.getInputStream()).readNBytes(4)).isEqualTo(LinkProof.GREETING);
        return socket;
    }

    private boolean isWelcome() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.getInputStream().read() == LinkProof.GREETING[0];
        } catch (IOException reset) {
            return false;
        }
    }

    /** Answers the greeting as a gateway does that knows a secret. */
    private static byte[] introduce(Socket socket, byte[] secret) throws IOException {
        return introduce(socket, secret, new byte[0]);
    }

    /** The same, and says more in the same breath: a connection that is refused takes no second write. */
    private static byte[] introduce(Socket socket, byte[] secret, byte[] more) throws IOException {
        byte[] nonce = new DataInputStream(socket.getInputStream()).readNBytes(LinkProof.NONCE_BYTES);
        byte[] mine = LinkProof.random(LinkProof.NONCE_BYTES);
        byte[] introduction = ByteBuffer.allocate(60 + more.length)
                .put(LinkProof.GREETING)
                .put(mine)
                .putLong(WRITER)
                .put(new LinkProof(nonce, mine, WRITER).ofWriter(secret))
                .put(more)
                .array();
        socket.getOutputStream().write(introduction);
        return introduction;
    }

    private static byte[] frame(int length, int flags, long number, byte[] body) {
        return ByteBuffer.allocate(13 + body.length)
                .putInt(length)
                .put((byte) flags)
                .putLong(number)
                .put(body)
                .array();
    }

    private static boolean isGone(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (java.net.SocketTimeoutException alive) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    private void assertRefused(String kind) {
        await().untilAsserted(() -> assertThat(registry.get("mqtt.gateway.rate.limited")
                        .tag("kind", kind)
                        .functionCounter()
                        .count())
                .isEqualTo(1));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private static final class Heard implements LinkReader {
        final List<IncomingLink> links = new CopyOnWriteArrayList<>();
        final List<InboxEntry> entries = new CopyOnWriteArrayList<>();
        final List<Long> asked = new CopyOnWriteArrayList<>();
        final List<IncomingLink> closed = new CopyOnWriteArrayList<>();

        @Override
        public void opened(IncomingLink link) {
            links.add(link);
        }

        @Override
        public void entry(IncomingLink link, InboxEntry entry, boolean awaited) {
            entries.add(entry);
        }

        @Override
        public void asked(IncomingLink link, long number) {
            asked.add(number);
        }

        @Override
        public void closed(IncomingLink link) {
            closed.add(link);
        }
    }

    private static final class Told implements OutgoingLink.Listener {
        volatile boolean opened;
        volatile boolean closed;
        final List<Long> acknowledged = new CopyOnWriteArrayList<>();

        @Override
        public void opened(OutgoingLink link) {
            opened = true;
        }

        @Override
        public void acknowledged(OutgoingLink link, long number) {
            acknowledged.add(number);
        }

        @Override
        public void closed(OutgoingLink link) {
            closed = true;
        }
    }
}
