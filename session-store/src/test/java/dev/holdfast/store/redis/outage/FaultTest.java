// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.StoreUnavailableException;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore.Due;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the store does while its Redis is stopped, killed, restarted, or has forgotten its scripts. */
final class FaultTest {
    private static final int SESSIONS = 5;
    private static final QueueLimits LIMITS = new QueueLimits(100_000, 1L << 30, QueueLimits.DropPolicy.DROP_NEWEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private long number;

    @BeforeEach
    void start() {
        redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "everysec");
        connect(RedisSettings.of(redis.addressForGateways()));
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void scriptsThatRedisHasForgottenAreLoadedAgainAndTheOrderIsKept() {
        List<SessionRef> refs = attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();

        for (int i = 0; i < 3_000; i++) {
            if (i % 500 == 250) {
                redis.command("SCRIPT", "FLUSH");
            }
            pending.add(enqueue(i));
        }

        pending.forEach(FaultTest::answer);
        assertExactly(refs, 3_000);
    }

    @Test
    void aRedisThatIsStoppedForFiveSecondsUnderLoadCostsNothingTwiceAndNothingAtAll() {
        List<SessionRef> refs = attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        Load load = new Load(pending);

        load.run(2_000);
        redis.pause();
        load.runFor(Duration.ofSeconds(5));
        redis.resume();
        load.run(2_000);

        List<Long> seqs = new ArrayList<>();
        for (CompletionStage<List<Enqueued>> one : pending) {
            Enqueued outcome = answer(one).get(0);
            assertThat(outcome.result()).isEqualTo(Enqueued.Result.STORED);
            seqs.add(outcome.seq());
        }
        assertThat(connection.meter().retries()).isPositive();
        assertThat(seqs).doesNotContain(0L);
        assertExactly(refs, load.sent);
    }

    /**
     * Once, Redisson closed its connections some seconds after the stop, because pings had had no answer during it. A batch that was
     * under way on such a connection was repeated only after its timeout of 1.5 s.
     */
    @Test
    void theConnectionsThatHaveOutlivedAStopStay() {
        attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        Load load = new Load(pending);

        load.runFor(Duration.ofSeconds(4));
        redis.pause();
        load.runFor(Duration.ofSeconds(5));
        redis.resume();
        load.runFor(Duration.ofMillis(500));
        pending.forEach(FaultTest::answer);
        Set<String> connections = connections();

        assertThat(connections).isNotEmpty();
        await().during(Duration.ofSeconds(3))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(connections()).containsAll(connections));
    }

    @Test
    void connectionsThatAreCutUnderLoadCostNothingTwiceAndNothingAtAll() {
        List<SessionRef> refs = attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        Load load = new Load(pending);

        for (int i = 0; i < 3; i++) {
            load.run(5_000);
            redis.command("CLIENT", "KILL", "TYPE", "normal");
        }
        load.run(1_000);

        pending.forEach(FaultTest::answer);
        assertThat(connection.meter().retries()).isPositive();
        assertExactly(refs, load.sent);
    }

    @Test
    void lanesSendOnTheirOwnConnectionsAndOpenNoneForEachBatch() {
        attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        Load load = new Load(pending);
        load.run(200);
        pending.forEach(FaultTest::answer);
        Set<String> before = connections();

        load.run(2_000);
        pending.forEach(FaultTest::answer);

        assertThat(connections()).isEqualTo(before);
    }

    private Set<String> connections() {
        return redis.command("CLIENT", "LIST")
                .lines()
                .filter(line -> !line.contains("cmd=client"))
                .map(line -> line.replaceAll(" .*", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void aRedisThatIsKilledAndStartsAgainKeepsAllThatWasAcknowledgedOnce() {
        List<SessionRef> refs = attachAll();
        List<CompletionStage<List<Enqueued>>> pending = new ArrayList<>();
        Load load = new Load(pending);

        load.run(2_000);
        redis.kill();
        load.runFor(Duration.ofMillis(500));
        redis.restart();
        load.run(2_000);

        pending.forEach(FaultTest::answer);
        assertExactly(refs, load.sent);
    }

    @Test
    void anAttachWhoseAnswerIsLateIsNotDoneTwice() {
        redis.pause();
        CompletionStage<Attached> attached = store.attach(request("c", Duration.ofHours(1), null));
        await().pollDelay(Duration.ofMillis(1_600)).until(() -> true);
        redis.resume();

        Attached answer = answer(attached);
        assertThat(answer.sessionPresent()).isFalse();
        assertThat(answer.displacedGateway()).isNull();
        answer(store.subscribe(answer.ref(), List.of(Subscription.of("a", 1))));
    }

    @Test
    void whatCannotBeAnsweredFailsInTimeAndGoesOnWhenRedisIsBack() {
        connection.close();
        connect(RedisSettings.of(redis.addressForGateways())
                .withPatience(Duration.ofMillis(200), Duration.ofMillis(700)));
        List<SessionRef> refs = attachAll();
        redis.pause();
        CompletionStage<List<Enqueued>> owed = enqueue(0);

        assertThatThrownBy(() -> answer(store.attach(request("late", Duration.ofHours(1), null))))
                .hasCauseInstanceOf(StoreUnavailableException.class);
        assertThat(owed.toCompletableFuture()).isNotDone();

        redis.resume();
        answer(owed);
        assertExactly(refs, 1);
        assertThat(answer(store.find("late"))).isNull();
    }

    @Test
    void whatIsTooMuchToWaitIsRefusedAtOnce() {
        connection.close();
        connect(RedisSettings.of(redis.addressForGateways()).withWaiting(100, 1 << 20));
        attachAll();
        redis.pause();

        List<CompletableFuture<List<Enqueued>>> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            all.add(enqueue(0).toCompletableFuture());
        }

        assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(900)
                .allSatisfy(one -> assertThatThrownBy(one::join).hasCauseInstanceOf(StoreBusyException.class));
        redis.resume();
        all.stream().filter(one -> !one.isCompletedExceptionally()).forEach(FaultTest::answer);
    }

    @Test
    void aConnectionThatIsClosedFailsWhatWaitsAndWhatComesAfter() {
        attachAll();
        redis.pause();
        List<CompletableFuture<List<Enqueued>>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(enqueue(i).toCompletableFuture());
        }

        connection.close();
        all.add(enqueue(100).toCompletableFuture());

        assertThat(all).allSatisfy(one -> assertThat(one).isCompletedExceptionally());
    }

    private void published(@Nullable DueWill will) {
        if (will != null) {
            answer(store.willPublished(will.connection()));
        }
    }

    @Test
    void nothingIsLeftWhenEverythingHasExpired() {
        connection.close();
        connect(RedisSettings.of(redis.addressForGateways())
                .withWindows(Duration.ofMillis(200), Duration.ofMinutes(10)));
        Duration expiry = Duration.ofMillis(300);
        for (int i = 0; i < 40; i++) {
            Message testament = message("will", 0);
            Will will = i % 2 == 0 ? new Will(testament, Duration.ofMillis(100), Will.NO_EXPIRY) : null;
            String name = "c" + i;
            Attached attached = answer(store.attach(request(name, i % 4 == 3 ? Duration.ZERO : expiry, will)));
            answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
            answer(store.enqueue(
                    message("m", i), List.of(new EnqueueTarget(name, 2, false, EnqueueTarget.NO_IDENTIFIERS)), false));
            answer(store.enqueue(
                    message("n", i), List.of(new EnqueueTarget(name, 2, false, EnqueueTarget.NO_IDENTIFIERS)), false));
            answer(store.acknowledge(attached.ref(), 1, new long[0]));
            answer(store.holdInbound(attached.ref(), 7, message("in", i)));
            for (String key : redis.keys()) {
                if (!key.startsWith("hf:x")) {
                    assertThat(redis.command("PTTL", key)).as(key).isNotEqualTo("-1");
                }
            }
            published(answer(store.detach(attached.ref(), new DetachRequest(expiry, 0, true)))
                    .will());
        }
        List<String> expired = new ArrayList<>();
        List<String> wills = new ArrayList<>();

        await().atMost(Duration.ofSeconds(10)).until(() -> {
            Due due = answer(store.sweep(7));
            due.expired().forEach(one -> expired.add(one.clientId()));
            due.wills().forEach(one -> wills.add(one.clientId()));
            due.expired().forEach(one -> published(one.will()));
            due.wills().forEach(this::published);
            return expired.size() == 30;
        });

        assertThat(wills).hasSizeLessThanOrEqualTo(20).doesNotHaveDuplicates();
        // Answers of erasing calls stay two minutes for their retries, the last epoch of a session that has ended one,
        // and 400
        // days what tells that no write has been lost.
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            answer(store.sweep(100));
            assertThat(redis.keys().stream().filter(key -> !key.matches(".*}[re]|hf:[tp]\\{g}")))
                    .isEmpty();
        });
        for (String key : redis.keys()) {
            long most = key.endsWith("{g}") ? Expiry.MARGIN.toMillis() : 120_000;
            assertThat(Long.parseLong(redis.command("PTTL", key))).isBetween(1L, most);
        }
    }

    @Test
    void clientIdentifiersWithBracesAndOtherPeoplesKeysStaySeparate() {
        List<String> names = List.of("{a}b", "{a}", "a", "}a{", "%7Ba%7D", "a}q", "x{0}", "session:", "a}:{b", "日本");
        for (String name : names) {
            Attached attached = answer(store.attach(request(name, Duration.ofHours(1), null)));
            assertThat(attached.sessionPresent()).as(name).isFalse();
            answer(store.enqueue(
                    message(name, 0), List.of(new EnqueueTarget(name, 1, false, EnqueueTarget.NO_IDENTIFIERS)), false));
        }

        for (String name : names) {
            Attached again = answer(store.attach(request(name, Duration.ofHours(1), null)));
            List<QueuedMessage> queued = answer(store.read(again.ref(), 1, 10, 1_000));
            assertThat(queued).hasSize(1);
            assertThat(text(queued.get(0))).isEqualTo(name + ":0");
        }
    }

    private final class Load {
        private final List<CompletionStage<List<Enqueued>>> pending;
        int sent;

        Load(List<CompletionStage<List<Enqueued>>> pending) {
            this.pending = pending;
        }

        void run(int count) {
            for (int i = 0; i < count; i++) {
                pending.add(enqueue(sent++));
            }
        }

        /** About 1,000 messages a second. */
        void runFor(Duration duration) {
            long until = System.nanoTime() + duration.toNanos();
            while (System.nanoTime() < until) {
                run(10);
                await().pollDelay(Duration.ofMillis(10))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> true);
            }
        }
    }

    private void connect(RedisSettings settings) {
        connection = RedisConnection.open(settings);
        store = new RedisSessionStore(connection);
    }

    private List<SessionRef> attachAll() {
        List<SessionRef> refs = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            refs.add(answer(store.attach(request("c" + i, Duration.ofHours(1), null)))
                    .ref());
        }
        return refs;
    }

    private CompletionStage<List<Enqueued>> enqueue(int i) {
        String name = "c" + i % SESSIONS;
        return store.enqueue(
                message("m", i), List.of(new EnqueueTarget(name, 1, false, EnqueueTarget.NO_IDENTIFIERS)), false);
    }

    /** Checks that every message is there once, in order. After a restart the seqs go on farther up. */
    private void assertExactly(List<SessionRef> refs, int sent) {
        for (int session = 0; session < SESSIONS; session++) {
            List<String> expected = new ArrayList<>();
            for (int i = session; i < sent; i += SESSIONS) {
                expected.add("m:" + i);
            }
            List<String> found = new ArrayList<>();
            long next = 1;
            List<QueuedMessage> chunk = answer(store.read(refs.get(session), next, 500, 1 << 20));
            while (!chunk.isEmpty()) {
                for (QueuedMessage one : chunk) {
                    assertThat(one.seq()).isGreaterThanOrEqualTo(next);
                    next = one.seq() + 1;
                    found.add(text(one));
                }
                chunk = answer(store.read(refs.get(session), next, 500, 1 << 20));
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    private Message message(String text, int i) {
        byte[] payload = (text + ":" + i).getBytes(StandardCharsets.UTF_8);
        return Message.of(new MessageId(42, ++number), "t", payload, 1, false, System.currentTimeMillis());
    }

    private static String text(QueuedMessage queued) {
        Message message = Objects.requireNonNull(queued.message());
        return new String(message.body(), message.payloadOffset(), message.payloadLength(), StandardCharsets.UTF_8);
    }

    private static AttachRequest request(String clientId, Duration expiry, @Nullable Will will) {
        return new AttachRequest(clientId, "p", "g1", false, expiry, will, LIMITS);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
