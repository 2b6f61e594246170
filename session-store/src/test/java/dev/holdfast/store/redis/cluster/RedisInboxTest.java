// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.cluster.InboxProgress;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries of one gateway for another arrive once and in order, whatever happens to connections. */
final class RedisInboxTest {
    private RedisProcess redis;
    private RedisConnection mine;
    private RedisConnection theirs;
    private Inbox.Writer writer;
    private long number;
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicInteger losses = new AtomicInteger();
    private final InboxProgress progress = new InboxProgress();
    private final Inbox.Reader reader = entry -> {
        switch (progress.step(entry)) {
            case AGAIN -> {
                repeated.incrementAndGet();
                return;
            }
            case AFTER_A_GAP -> losses.incrementAndGet();
            case NEXT -> {}
        }
        entry.notes().forEach(note -> heard.add(new String(note, StandardCharsets.UTF_8)));
    };

    @BeforeEach
    void start() {
        // With everysec a busy disk puts the write off, not only the sync, and a kill loses what was answered.
        redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
        mine = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        theirs = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        writer = new RedisInbox(theirs).writer("g1");
    }

    @AfterEach
    void stop() {
        writer.close();
        mine.close();
        theirs.close();
        redis.close();
    }

    @Test
    void notesArriveInOrderAndTheInboxIsEmptied() throws Exception {
        append(0, 3);

        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader)) {
            append(3, 300);

            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(300)));
            assertThat(losses).hasValue(0);
            await().untilAsserted(
                            () -> assertThat(redis.command("XLEN", "hf:i{g1}")).isEqualTo("0"));
            append(300, 310);
            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(310)));
            assertThat(losses).hasValue(0);
            // One each for two notes, and one that found no stream yet.
            assertThat(callsOf("xadd")).isEqualTo(2 + 149 + 5 + 1);
            assertThat(reading).isNotNull();
        }
    }

    /** Not only when it is time to: the tenth of a second of each entry would be seconds here. */
    @Test
    void whatAnotherGatewayWouldActOnLeavesTheInboxWhenItsReaderSaysSo() throws Exception {
        int entries = 50;
        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader)) {
            for (int i = 1; i <= entries; i++) {
                int read = 2 * i;
                append(read - 2, read);
                await().pollInterval(Duration.ofMillis(1)).until(() -> heard.size() == read);
                reading.leave();
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> redis.command("XLEN", "hf:i{g1}").equals("0"));
            }
            assertThat(callsOf("xtrim")).isGreaterThanOrEqualTo(entries);
        }
    }

    @Test
    void connectionsThatBreakAndARedisThatRestartsLoseNothingAndRepeatNothing() throws Exception {
        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader)) {
            append(0, 50);
            redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            append(50, 100);
            redis.kill();
            redis.restart();
            append(100, 150);

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(heard).isEqualTo(numbers(150)));
            assertThat(losses).hasValue(0);
            assertThat(reading).isNotNull();
        }
    }

    @Test
    void aReaderIsToldThatNotesWereLost() throws Exception {
        append(0, 5);
        redis.command("DEL", "hf:i{g1}");
        append(5, 7);

        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader)) {
            await().untilAsserted(() -> assertThat(heard).containsExactly("5", "6"));
            assertThat(losses).hasValue(1);
            append(7, 9);

            await().untilAsserted(() -> assertThat(heard).containsExactly("5", "6", "7", "8"));
            assertThat(losses).hasValue(1);
            assertThat(reading).isNotNull();
        }
    }

    @Test
    void severalWritersAreToldApart() throws Exception {
        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader);
                Inbox.Writer second = new RedisInbox(mine).writer("g1")) {
            for (int i = 0; i < 50; i++) {
                append(2 * i, 2 * i + 1);
                answer(second.append(InboxEntry.of(2, i + 1, List.of(bytes(2 * i + 1)))));
            }

            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(100)));
            assertThat(losses).hasValue(0);
            assertThat(reading).isNotNull();
        }
    }

    /** A writer that gets no answer does not know whether its entry is stored, and sends it again. */
    @Test
    void whatCameTwiceIsReadOnce() throws Exception {
        try (Inbox.Reading reading = new RedisInbox(mine).read("g1", reader)) {
            append(0, 2);
            redis.pause();
            List<CompletionStage<Void>> pending = new ArrayList<>();
            for (int i = 2; i < 5; i++) {
                pending.add(writer.append(entry(List.of(bytes(i)))));
            }
            // The plain append has been given up; its words are in the stopped server's socket.
            await().until(() -> theirs.waiting() > 0);
            redis.resume();
            pending.forEach(RedisInboxTest::answer);
            append(5, 6);

            await().untilAsserted(() -> assertThat(heard).isEqualTo(numbers(6)));
            assertThat(losses).hasValue(0);
            assertThat(reading).isNotNull();
            assertThat(repeated).hasPositiveValue();
        }
    }

    @Test
    void whatADeadGatewayHasNotReadIsHandedOutOnce() {
        append(0, 400);

        List<CompletionStage<List<byte[]>>> takers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            takers.add(new RedisInbox(i % 2 == 0 ? mine : theirs).takeUnread("g1", 30));
        }
        takers.forEach(taken -> taken.toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join()
                .forEach(note -> heard.add(new String(note, StandardCharsets.UTF_8))));

        assertThat(heard).containsExactlyInAnyOrderElementsOf(numbers(400));
    }

    private void append(int from, int to) {
        List<CompletionStage<Void>> pending = new ArrayList<>();
        for (int i = from; i < to; i += 2) {
            List<byte[]> notes = new ArrayList<>();
            for (int n = i; n < Math.min(i + 2, to); n++) {
                notes.add(bytes(n));
            }
            pending.add(writer.append(entry(notes)));
        }
        pending.forEach(RedisInboxTest::answer);
    }

    private InboxEntry entry(List<byte[]> notes) {
        return InboxEntry.of(1, ++number, notes);
    }

    private int callsOf(String command) {
        Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=([0-9]+)")
                .matcher(redis.command("INFO", "commandstats"));
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }

    private static void answer(CompletionStage<Void> stage) {
        stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static byte[] bytes(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> numbers(int count) {
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }
}
