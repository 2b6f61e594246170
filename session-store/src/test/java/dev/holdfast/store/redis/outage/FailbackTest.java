// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.RedisAddress;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.cluster.RedisMembership;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Redis comes back in an older state: a former master with the data that it had, or a snapshot. Once, seqs that had been given
 * were given again then, and messages were acknowledged away, since their gateway took them for older ones with the same seq.
 */
final class FailbackTest {
    private static final QueueLimits LIMITS = new QueueLimits(50_000, 1L << 26, QueueLimits.DropPolicy.DROP_NEWEST);
    private static final AttachRequest REQUEST =
            new AttachRequest("c", "p", "g", false, Duration.ofDays(1), null, LIMITS);

    private static final Duration LEASE = Duration.ofSeconds(5);

    private long number;

    /** The master is server A, then B, C, A again, B after a restart, and A again. */
    @Test
    void aSessionWithoutAnOwnerGivesNoSeqTwiceWhateverServerComesBack() {
        try (RedisAddress redis = RedisAddress.start(3);
                RedisConnection connection = open(redis.addressForGateways());
                RedisConnection other = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            RedisSessionStore otherStore = new RedisSessionStore(other);
            makeSession(store);
            List<Long> given = new ArrayList<>(enqueue(store, 50));
            Set<Integer> met = new HashSet<>(Set.of(0));
            for (int next : new int[] {1, 2, 0, 1, 0}) {
                if (met.add(next)) {
                    redis.failOver(next);
                } else {
                    if (next == 1) {
                        redis.server(next).kill();
                        redis.server(next).restart();
                    }
                    redis.leadTo(next);
                }
                long before = highest(given);
                given.addAll(enqueue(store, 60));
                given.addAll(enqueue(otherStore, 40));
                List<Long> last = given.subList(given.size() - 100, given.size());
                assertThat(last).allSatisfy(seq -> assertThat(seq).isGreaterThan(before));
                assertThat(packetIds(last))
                        .doesNotContainAnyElementsOf(packetIds(given.subList(0, given.size() - 100)));
            }

            assertThat(given).doesNotHaveDuplicates();
            Attached attached = answer(store.attach(REQUEST));
            answer(store.acknowledge(attached.ref(), given.get(given.size() - 101), new long[0]));
            assertThat(answer(store.read(attached.ref(), 1, 1_000, 1 << 20)))
                    .extracting(QueuedMessage::seq)
                    .containsExactlyElementsOf(given.subList(given.size() - 100, given.size()));
            assertThat(attached.nextSeq()).isEqualTo(highest(given) + 1);
        }
    }

    @Test
    void theOwnerSaysTheHighestSeqThatItHasSeenAndTheNextIsAboveIt() {
        try (RedisAddress redis = RedisAddress.start(2);
                RedisConnection connection = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            Attached attached = answer(store.attach(REQUEST));
            AtomicLong seen = new AtomicLong(highest(enqueue(store, 50)));
            reassertAtDoubt(store, attached.ref(), seen);

            redis.failOver(1);
            List<Long> away = enqueue(store, 100);
            seen.set(highest(away));
            answer(store.acknowledge(attached.ref(), seen.get(), new long[0]));
            redis.leadTo(0);
            List<Long> back = enqueue(store, 100);

            assertThat(back.get(0)).isGreaterThan(seen.get()).isLessThan(seen.get() + 25_000);
            answer(store.acknowledge(attached.ref(), seen.get(), new long[0]));
            assertThat(answer(store.read(attached.ref(), 1, 1_000, 1 << 20)))
                    .extracting(QueuedMessage::seq)
                    .containsExactlyElementsOf(back);
        }
    }

    /** All gateways were stopped after another server had been the master: nobody remembers which seqs that server had given. */
    @Test
    void gatewaysThatAreAllNewGiveNoSeqTwice() {
        try (RedisAddress redis = RedisAddress.start(2)) {
            List<Long> given = new ArrayList<>();
            IntConsumer life = gateway -> {
                try (RedisConnection connection = open(redis.addressForGateways())) {
                    RedisSessionStore store = new RedisSessionStore(connection);
                    answer(new RedisMembership(connection, store, LEASE).join("g" + gateway));
                    if (gateway == 0) {
                        makeSession(store);
                    }
                    given.addAll(enqueue(store, 100));
                }
            };

            life.accept(0);
            redis.failOver(1);
            untilNobodyHasRenewedLately(redis.server(0));
            life.accept(1);
            redis.leadTo(0);
            untilNobodyHasRenewedLately(redis.server(0));
            life.accept(2);

            assertThat(given).isSorted().doesNotHaveDuplicates();
        }
    }

    /** Gateways start so soon after each other that each finds the lease of the gateway before, and takes that for alive. */
    @Test
    void gatewaysThatAreReplacedInAMomentGiveNoSeqTwice() {
        try (RedisAddress redis = RedisAddress.start(2)) {
            List<Long> given = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try (RedisConnection connection = open(redis.addressForGateways())) {
                    RedisSessionStore store = new RedisSessionStore(connection);
                    answer(new RedisMembership(connection, store, LEASE).join("g" + i));
                    if (i == 0) {
                        makeSession(store);
                    }
                    given.addAll(enqueue(store, 100));
                }
                if (i == 0) {
                    redis.failOver(1);
                } else {
                    redis.leadTo(0);
                }
            }

            assertThat(packetIds(given)).doesNotHaveDuplicates();
        }
    }

    /** The gateway that starts finds the lease of a gateway that has not met the process yet, and seqs that a session has seen. */
    @Test
    void aGatewayThatIsNewKnowsByItsProcessThatRedisMayHaveLostWrites() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            answer(new RedisMembership(connection, store, LEASE).join("old"));
            makeSession(store);
            redis.command("SAVE");
            List<Long> given = enqueue(store, 50);
            redis.kill();
            redis.restart();

            try (RedisConnection fresh = open(redis.addressForGateways())) {
                RedisSessionStore itsStore = new RedisSessionStore(fresh);
                answer(new RedisMembership(fresh, itsStore, LEASE).join("new"));
                given.addAll(enqueue(itsStore, 50));
            }

            assertThat(given).isSorted().doesNotHaveDuplicates();
        }
    }

    /** The gateway goes on with the seqs of the former master, which are below those that a session has seen from the other one. */
    @Test
    void whatAGatewayHasPutThatHasNotHeardOfTheOtherServerIsNotAcknowledgedAway() {
        try (RedisAddress redis = RedisAddress.start(2);
                RedisConnection connection = open(redis.addressForGateways());
                RedisConnection unheard = open(redis.server(0).addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            RedisSessionStore otherStore = new RedisSessionStore(unheard);
            makeSession(store);
            List<Long> seen = enqueue(store, 50);
            seen.addAll(enqueue(otherStore, 10));
            redis.failOver(1);
            List<Long> away = enqueue(store, 100);
            Attached later = answer(store.attach(REQUEST));
            assertThat(later.leftOut()).containsExactly(new SeqRange(highest(seen) + 1, away.get(0) - 1));
            AtomicLong highest = new AtomicLong(highest(away));
            reassertAtDoubt(store, later.ref(), highest, later.leftOut());

            List<Long> put = enqueue(otherStore, 30);
            redis.leadTo(0);
            List<Long> back = enqueue(store, 20);

            assertThat(put).allSatisfy(seq -> assertThat(seq).isLessThan(away.get(0)));
            answer(store.acknowledge(later.ref(), highest.get(), new long[0]));
            List<QueuedMessage> queued = answer(store.read(later.ref(), 1, 1_000, 1 << 20));
            assertThat(queued)
                    .extracting(QueuedMessage::seq)
                    .isSorted()
                    .endsWith(back.toArray(new Long[0]))
                    .allSatisfy(seq -> assertThat(seq).isGreaterThan(highest.get()));
            assertThat(queued)
                    .extracting(
                            each -> Objects.requireNonNull(each.message()).id().number())
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(number - 49, number).boxed().toList());
        }
    }

    /** The new gateway has met neither server, but another gateway has. */
    @Test
    void aGatewayThatComesAfterwardsKnowsFromTheOthersThatSeqsMayBeMissing() {
        try (RedisAddress redis = RedisAddress.start(2);
                RedisConnection connection = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            RedisMembership membership = new RedisMembership(connection, store, LEASE);
            answer(membership.join("old"));
            makeSession(store);
            redis.failOver(1);
            List<Long> away = enqueue(store, 100);
            redis.leadTo(0);
            answer(membership.renew("old"));

            try (RedisConnection fresh = open(redis.addressForGateways())) {
                RedisSessionStore itsStore = new RedisSessionStore(fresh);
                answer(new RedisMembership(fresh, itsStore, LEASE).join("new"));
                List<Long> back = enqueue(itsStore, 100);
                back.addAll(enqueue(store, 100));

                assertThat(back).isSorted().doesNotHaveDuplicates();
                assertThat(back.get(0)).isGreaterThan(highest(away));
            }
        }
    }

    /** A gateway that starts beside others, or in place of a former one, does not mean that Redis has lost anything. */
    @Test
    void seqsGoOnWithoutALeapWhereAnotherGatewayStarts() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = open(redis.addressForGateways());
                RedisConnection fresh = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            RedisSessionStore freshStore = new RedisSessionStore(fresh);
            answer(new RedisMembership(connection, store, LEASE).join("old"));
            makeSession(store);
            List<Long> given = enqueue(store, 10);

            answer(new RedisMembership(fresh, freshStore, LEASE).join("new"));
            given.addAll(enqueue(freshStore, 10));
            given.addAll(enqueue(store, 10));

            assertThat(given)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, 30).boxed().toList());
        }
    }

    /** Once, the gateway added its leap of 20,000 to the last seq of the snapshot. */
    @Test
    void aSnapshotThatIsTwentyFiveThousandMessagesOldGivesNoSeqTwice() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = open(redis.addressForGateways())) {
            RedisSessionStore store = new RedisSessionStore(connection);
            Attached attached = answer(store.attach(REQUEST));
            AttachRequest away = new AttachRequest("away", "p", "g", false, Duration.ofDays(1), null, LIMITS);
            answer(store.detach(answer(store.attach(away)).ref(), new DetachRequest(Duration.ofDays(1), 0, false)));
            redis.command("SAVE");
            List<Long> given = enqueue(store, 25_000, "c", "away");
            reassertAtDoubt(store, attached.ref(), new AtomicLong(highest(given)));

            redis.kill();
            redis.restart();
            List<Long> back = enqueue(store, 10);
            List<Long> backAway = enqueue(store, 10, "away");

            assertThat(back).isSorted().allSatisfy(seq -> assertThat(seq).isGreaterThan(highest(given)));
            assertThat(backAway).isSorted().allSatisfy(seq -> assertThat(seq).isGreaterThan(highest(given)));
        }
    }

    private static void reassertAtDoubt(RedisSessionStore store, SessionRef ref, AtomicLong seen) {
        reassertAtDoubt(store, ref, seen, List.of());
    }

    private static void reassertAtDoubt(
            RedisSessionStore store, SessionRef ref, AtomicLong seen, List<SeqRange> leftOut) {
        store.onDoubt(why -> {
            store.reassert(ref, new Assertion(REQUEST, true, false, 0, true, seen.get(), leftOut, List.of(), Set.of()));
            return CompletableFuture.completedFuture(null);
        });
    }

    private static void makeSession(RedisSessionStore store) {
        answer(store.detach(answer(store.attach(REQUEST)).ref(), new DetachRequest(Duration.ofDays(1), 0, false)));
    }

    private List<Long> enqueue(RedisSessionStore store, int count) {
        return enqueue(store, count, "c");
    }

    /** Enqueues messages for clients; answers their seqs in the session of the first client. */
    private List<Long> enqueue(RedisSessionStore store, int count, String... clientIds) {
        List<EnqueueTarget> targets = Arrays.stream(clientIds)
                .map(clientId -> new EnqueueTarget(clientId, 1, false, EnqueueTarget.NO_IDENTIFIERS))
                .toList();
        List<CompletionStage<List<Enqueued>>> all = new ArrayList<>();
        List<Long> seqs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Message message = Message.of(new MessageId(9, ++number), "t", new byte[10], 1, false, 0);
            all.add(store.enqueue(message, targets, false));
            if (all.size() == 1_000 || i == count - 1) {
                all.forEach(one -> seqs.add(answer(one).get(0).seq()));
                all.clear();
            }
        }
        assertThat(seqs).doesNotContain(0L);
        return seqs;
    }

    private static List<Integer> packetIds(List<Long> seqs) {
        return seqs.stream()
                .map(seq -> QueuedMessage.packetId(seq, QueuedMessage.IDENTIFIERS))
                .toList();
    }

    private static long highest(List<Long> seqs) {
        return seqs.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private static void untilNobodyHasRenewedLately(RedisProcess server) {
        await().until(() -> {
            long now = Long.parseLong(server.list("TIME").get(0)) * 1_000;
            return server.list("ZRANGE", "hf:g{g}", "0", "-1", "WITHSCORES").stream()
                    .filter(item -> item.matches("[0-9]{13}"))
                    .allMatch(end -> Long.parseLong(end) - LEASE.toMillis() < now - 2_000);
        });
    }

    private static RedisConnection open(String address) {
        return RedisConnection.open(
                RedisSettings.of(address).withPatience(Duration.ofMillis(1_500), Duration.ofSeconds(40)));
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
