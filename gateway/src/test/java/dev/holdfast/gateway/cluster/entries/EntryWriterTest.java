// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.FaultProxy.Direction;
import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.protocol.LoopThread;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.transport.TransportObserver;
import dev.holdfast.gateway.transport.TransportSettings;
import dev.holdfast.gateway.transport.listen.SocketListeners;
import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.cluster.RedisInbox;
import dev.holdfast.store.redis.connection.RedisConnection;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one gateway tells another arrives once and in order, by whatever way: real sockets, a real Redis, and a bad network. */
final class EntryWriterTest {
    private static final Duration BEAT = Duration.ofMillis(250);

    private final RedisProcess redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
    private final RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
    private final SocketListeners here = listeners();
    private final SocketListeners there = listeners();
    private final SessionThread thread = new LoopThread(here.loops().get(0));
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger losses = new AtomicInteger();
    private final InboxReader reader = new InboxReader(
            new InboxReader.Listener() {
                @Override
                public boolean notes(List<byte[]> notes) {
                    notes.forEach(note -> heard.add(new String(note, US_ASCII)));
                    return othersWouldAct;
                }

                @Override
                public void lost() {
                    losses.incrementAndGet();
                }
            },
            new LoopThread(there.loops().get(0)));
    private final SimpleMeterRegistry metersThere = new SimpleMeterRegistry();
    private final Links linksHere = links(here, new SimpleMeterRegistry());
    private final Links linksThere = links(there, metersThere);
    private final Inbox inbox = new RedisInbox(connection);
    private final EntryWriter writer = new EntryWriter(inbox.writer("g2"), linksHere, thread);
    private Inbox.Reading reading;
    private FaultProxy network;
    private LinkCard card;
    private int told;
    private volatile boolean othersWouldAct;
    private volatile boolean readerIsLazy;

    @BeforeEach
    void start() throws IOException {
        int port = there.peers(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), linksThere)
                .getPort();
        network = FaultProxy.to(() -> port);
        linksThere.listening(network.port());
        reading = inbox.read("g2", reader);
        card = linksThere.open(reader);
        here.loops().get(0).every(BEAT, writer::beat);
        there.loops().get(0).every(BEAT, () -> {
            if (!readerIsLazy) {
                reader.beat();
            }
        });
    }

    @AfterEach
    void stop() {
        writer.close();
        reading.close();
        network.close();
        here.close();
        there.close();
        connection.close();
        redis.close();
    }

    @Test
    void entriesGoByTheInboxUntilThereIsALinkAndThenPastIt() {
        tell(10, Assurance.READ);
        invite();
        await().until(writer::isDirect);
        int appended = callsOf("xadd");

        tell(1_000, Assurance.SENT);

        assertAllHeard();
        assertThat(callsOf("xadd")).isEqualTo(appended);
    }

    @Test
    void whileEntriesKeepComingTheWayChangesWithoutALossOrARepetition() {
        CompletableFuture<?> all = CompletableFuture.runAsync(() -> tell(3_000, Assurance.READ));
        await().until(() -> heard.size() > 200);
        invite();

        all.orTimeout(60, TimeUnit.SECONDS).join();

        assertThat(writer.isDirect()).isTrue();
        assertAllHeard();
    }

    /** What comes by a link would overtake what stands in the inbox. */
    @Test
    void aLinkIsNotUsedBeforeItsReaderHasReadWhatStandsInTheInbox() {
        reading.close();
        tell(10, Assurance.READ);
        invite();
        await().until(() -> metersThere.get("mqtt.gateway.links").gauge().value() == 1);

        CompletableFuture<?> next = append(Integer.toString(told++).getBytes(US_ASCII), Assurance.READ);
        reading = inbox.read("g2", reader);

        next.orTimeout(30, TimeUnit.SECONDS).join();
        assertAllHeard();
        await().atMost(Duration.ofSeconds(30)).until(writer::isDirect);
    }

    @Test
    void aLinkThatBreaksAgainAndAgainLosesNothingAndRepeatsNothing() {
        invite();
        await().until(writer::isDirect);
        for (Assurance wanted : Assurance.values()) {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<?> all = CompletableFuture.runAsync(() -> tell(2_000, wanted));
                network.reset();
                all.orTimeout(60, TimeUnit.SECONDS).join();
                assertAllHeard();
                invite();
                await().atMost(Duration.ofSeconds(30)).until(writer::isDirect);
            }
        }
    }

    @Test
    void aReaderThatStandsStillIsToldThroughItsInboxAndHearsNothingTwiceWhenItGoesOn() {
        invite();
        await().until(writer::isDirect);
        network.blackhole();
        tell(50, Assurance.NONE);

        tell(1, Assurance.READ);

        assertThat(writer.isDirect()).isFalse();
        assertAllHeard();
        network.heal();
        tell(10, Assurance.READ);
        assertAllHeard();
        await().atMost(Duration.ofSeconds(30)).until(writer::isDirect);
        tell(10, Assurance.READ);
        assertAllHeard();
    }

    /** What comes by the link may be read; that it has been does not come back. */
    @Test
    void whoWantsItReadIsNotToldSoBeforeAndWhoWantsItSentIs() {
        invite();
        await().until(writer::isDirect);
        network.hold(Direction.TO_CLIENT);
        long began = System.nanoTime();

        tell(1, Assurance.SENT);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(500));
        assertThat(writer.isDirect()).isTrue();
        tell(1, Assurance.READ);

        assertThat(writer.isDirect()).isFalse();
        assertThat(callsOf("xadd")).isGreaterThanOrEqualTo(2);
        assertAllHeard();
    }

    /** What the kernel has not taken is gone with this process. */
    @Test
    void whatDoesNotFitTheNetworkIsNotCalledSent() {
        invite();
        await().until(writer::isDirect);
        network.hold(Direction.TO_SERVER);
        byte[] large = new byte[16 * 1024 * 1024];

        CompletableFuture<?> sent = append(large, Assurance.SENT);
        assertThat(sent).failsWithin(Duration.ofMillis(500)).withThrowableOfType(TimeoutException.class);

        network.heal();
        sent.orTimeout(30, TimeUnit.SECONDS).join();
        await().until(() -> heard.size() == 1);
        assertThat(heard.get(0)).hasSize(large.length);
    }

    @Test
    void aLinkThatIsThereGoesOnWhileRedisIsAway() {
        invite();
        await().until(writer::isDirect);
        redis.pause();
        try {
            tell(500, Assurance.READ);
            assertAllHeard();
        } finally {
            redis.resume();
        }
    }

    /** Its gateway is dead, and others look into its inbox for what it has not read; it goes there with the close, and not when it is late. */
    @Test
    void whatAGatewayThatIsGivenUpHasNotReadStandsInItsInbox() {
        invite();
        await().until(writer::isDirect);
        reading.close();
        network.blackhole();
        tell(5, Assurance.NONE);

        writer.close();

        CompletableFuture<Integer> kept = new CompletableFuture<>();
        thread.execute(() -> kept.complete(writer.unread()));
        assertThat(kept).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
        List<String> unread = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            inbox.takeUnread("g2", 100)
                    .toCompletableFuture()
                    .join()
                    .forEach(note -> unread.add(new String(note, US_ASCII)));
            return unread.size() >= 5;
        });
        assertThat(unread).containsExactly("0", "1", "2", "3", "4");
        assertThat(heard).isEmpty();
    }

    /** If its reader died now, its writer would put it into its inbox, and another gateway would act on it again. */
    @Test
    void whatOthersWouldActOnIsAcknowledgedAsSoonAsItHasBeenReadThoughNobodyWaits() {
        invite();
        await().until(writer::isDirect);
        readerIsLazy = true;
        othersWouldAct = true;
        int appended = callsOf("xadd");

        tell(1, Assurance.NONE);

        await().until(() ->
                CompletableFuture.supplyAsync(writer::unread, thread).join() == 0);
        assertThat(writer.isDirect()).isTrue();
        assertThat(callsOf("xadd")).isEqualTo(appended);
    }

    /** An idle one is asked every 5 s, and has a second to answer. */
    @Test
    void aReaderThatHasVanishedIsFoundOutThoughNothingIsToldToIt() {
        invite();
        await().until(writer::isDirect);
        network.blackhole();

        await().atMost(Duration.ofSeconds(15)).until(() -> !writer.isDirect());
    }

    private void invite() {
        thread.execute(() -> writer.invited(card));
    }

    /** Tells so many numbers, each behind the last. */
    private void tell(int count, Assurance wanted) {
        for (int i = 0; i < count; i++) {
            append(Integer.toString(told++).getBytes(US_ASCII), wanted)
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        }
    }

    private CompletableFuture<?> append(byte[] note, Assurance wanted) {
        return writer.append(List.of(note), wanted);
    }

    private void assertAllHeard() {
        List<String> all = IntStream.range(0, told).mapToObj(Integer::toString).toList();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(heard).hasSizeGreaterThanOrEqualTo(told));
        assertThat(new ArrayList<>(heard)).isEqualTo(all);
        assertThat(losses).hasValue(0);
    }

    private int callsOf(String command) {
        Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=([0-9]+)")
                .matcher(redis.command("INFO", "commandstats"));
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }

    private static SocketListeners listeners() {
        return SocketListeners.start(TransportSettings.defaults().withIoThreads(1), TransportObserver.NONE);
    }

    private static Links links(SocketListeners listeners, SimpleMeterRegistry meters) {
        return new Links(
                (address, acceptor) ->
                        listeners.connect(address, listeners.loops().get(0), Duration.ofSeconds(2), acceptor),
                "127.0.0.1",
                new Metrics(meters));
    }
}
