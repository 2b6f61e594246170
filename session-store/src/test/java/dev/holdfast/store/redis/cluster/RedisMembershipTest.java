// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.redis.session.SessionIndex;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore.Due;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the sessions and wills of a gateway that dies, or only seems to. */
final class RedisMembershipTest {
    private static final Duration LEASE = Duration.ofMillis(400);
    private static final QueueLimits LIMITS = new QueueLimits(10, 1_000, QueueLimits.DropPolicy.DROP_OLDEST);

    private RedisProcess redis;
    private RedisConnection connection;
    private RedisSessionStore store;
    private RedisMembership membership;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
        connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()));
        store = new RedisSessionStore(connection);
        membership = new RedisMembership(connection, store, LEASE);
    }

    @AfterEach
    void stop() {
        connection.close();
        redis.close();
    }

    @Test
    void theSessionsOfADeadGatewayGoOfflineAndEachWillIsDueOnceThoughManyReap() {
        answer(membership.join("dead"));
        answer(membership.join("alive"));
        for (int i = 0; i < 50; i++) {
            Attached attached = attach("d" + i, "dead", i % 5 == 0 ? Duration.ZERO : Duration.ofHours(1));
            answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
            attach("l" + i, "alive", Duration.ofHours(1));
        }
        await().until(() -> {
            answer(membership.renew("alive"));
            return answer(membership.living()).equals(Set.of("alive"));
        });

        List<Reaped> reaps = new CopyOnWriteArrayList<>();
        AtomicInteger reaped = new AtomicInteger();
        await().until(() -> {
            // A busy machine may have let the lease of the living one lapse, too.
            answer(membership.renew("alive"));
            List<CompletionStage<Integer>> reapers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                reapers.add(membership.reap(100, reaps::add));
            }
            return reaped.addAndGet(reapers.stream()
                            .mapToInt(RedisMembershipTest::answer)
                            .sum())
                    >= 50;
        });
        List<CompletionStage<Due>> sweeps = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sweeps.add(store.sweep(100));
        }

        assertThat(reaped).hasValue(50);
        List<String> wills = new ArrayList<>();
        for (CompletionStage<Due> sweep : sweeps) {
            Due due = answer(sweep);
            due.wills().forEach(will -> wills.add(will.clientId()));
            assertThat(due.expired()).isEmpty();
        }
        assertThat(wills).hasSize(50).doesNotHaveDuplicates().allMatch(name -> name.startsWith("d"));
        assertThat(reaps).hasSize(50).allSatisfy(one -> {
            assertThat(one.gateway()).isEqualTo("dead");
            assertThat(one.principal()).isEqualTo("p");
            assertThat(one.erased()).isEqualTo(one.connection().clientId().matches("d[0-9]*[05]"));
        });
        assertThat(reaps)
                .extracting(one -> one.connection().clientId())
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("d"));
        assertThat(answer(store.find("d5"))).isNull();
        assertThat(Objects.requireNonNull(answer(store.find("l7"))).owner()).isEqualTo("alive");
        assertThat(redis.keys()).doesNotContain("hf:o{dead}").contains("hf:o{alive}");
    }

    /** Once, all queued messages counted as sent, so that while the client was away new messages gave way instead of old ones. */
    @Test
    void ofWhatADeadGatewayMayHaveSentGivesWayWhatItsClientDoesNotTakeAtOnce() {
        answer(membership.join("dead"));
        QueueLimits limits = new QueueLimits(4, 1_000, QueueLimits.DropPolicy.DROP_OLDEST, 2);
        AttachRequest request = new AttachRequest("c", "p", "dead", false, Duration.ofHours(1), null, limits);
        answer(store.attach(request));
        List<Long> seqs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            seqs.add(enqueue().seq());
        }
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 1);

        for (int i = 0; i < 2; i++) {
            Enqueued enqueued = enqueue();
            assertThat(enqueued.dropped()).isEqualTo(1);
            seqs.add(enqueued.seq());
        }

        Attached back = answer(store.attach(request));
        assertThat(answer(store.read(back.ref(), 1, 100, 10_000)))
                .extracting(QueuedMessage::seq)
                .containsExactly(seqs.get(0), seqs.get(1), seqs.get(4), seqs.get(5));
        assertThat(back.sentMark()).isEqualTo(seqs.get(3));
    }

    /**
     * A gateway stood still and was taken for dead. Once, what it sent after that, before it heard of it, came again as if it were the
     * first time: without DUP [MQTT-3.3.1-1]. What it had not sent came with DUP.
     */
    @Test
    void aGatewayThatWasTakenForDeadHasTheWordOnWhatItHasSent() {
        answer(membership.join("slow"));
        Attached sendsMore = attach("c", "slow", Duration.ofHours(1));
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 1);
        enqueue();
        long sent = enqueue().seq();
        enqueue();
        answer(store.handOver(sendsMore.ref(), sent, List.of()));

        answer(membership.join("slow too"));
        Attached sendsLess = attach("c", "slow too", Duration.ofHours(1));
        assertThat(sendsLess.sentMark()).isEqualTo(sent);

        enqueue();
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 1);
        answer(store.handOver(sendsLess.ref(), sent + 1, List.of()));

        assertThat(attach("c", "other", Duration.ofHours(1)).sentMark()).isEqualTo(sent + 1);
    }

    private Enqueued enqueue() {
        Message message = Message.of(
                new MessageId(1, System.nanoTime()), "a", new byte[] {1}, 1, false, System.currentTimeMillis());
        return answer(store.enqueue(
                        message, List.of(new EnqueueTarget("c", 1, false, EnqueueTarget.NO_IDENTIFIERS)), false))
                .get(0);
    }

    @Test
    void aGatewayThatWasOnlySlowIsFencedAndToldSo() {
        answer(membership.join("slow"));
        Attached attached = attach("c", "slow", Duration.ofHours(1));
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 1);

        assertThat(answer(membership.renew("slow"))).isEqualTo(Membership.RenewalResult.BURIED);
        assertThat(answer(membership.join("slow"))).isFalse();
        assertThatThrownBy(() -> answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1)))))
                .hasCauseInstanceOf(StaleSessionException.class);
        assertThat(attach("c", "other", Duration.ofHours(1)).sessionPresent()).isTrue();
    }

    @Test
    void aGatewayThatWasTakenForDeadHasTheWordOnItsWillsUntilTheyArePublished() {
        answer(membership.join("slow"));
        List<Attached> saidGoodbye =
                List.of(attach("kept", "slow", Duration.ofHours(1)), attach("clean", "slow", Duration.ZERO));
        attach("lost", "slow", Duration.ofHours(1));
        await().until(() -> answer(membership.reap(10, reaped -> {})) == 3);

        for (Attached one : saidGoodbye) {
            assertThat(answer(store.settleWill(one.ref(), false))).isNull();
        }

        assertThat(answer(store.sweep(10)).wills())
                .extracting(DueWill::clientId)
                .containsExactly("lost");
    }

    /**
     * A gateway is killed after the end of a connection, before it has noted the visit of the sweep. Once, the will was lost then: the
     * reaper saw that the dead gateway did not own the session any more, and no sweep came.
     */
    @Test
    void aWillThatWasHandedToAGatewayThatDiedBeforeItsVisitWasNotedIsFound() {
        try (RedisConnection hasty = RedisConnection.open(RedisSettings.of(redis.addressForGateways())
                .withWillTimes(new RedisSettings.WillTimes(Duration.ofMillis(700), Duration.ofMillis(300))))) {
            RedisSessionStore dying = new RedisSessionStore(hasty);
            answer(membership.join("dead"));
            for (Duration expiry : List.of(Duration.ofHours(1), Duration.ZERO)) {
                Attached attached = attach(dying, "of" + expiry, "dead", expiry, Duration.ZERO);
                redis.command("COPY", "hf:o{dead}", "hf:before{dead}", "REPLACE");
                answer(dying.detach(attached.ref(), new DetachRequest(expiry, 0, true)));
                await().until(() -> !redis.keys().contains("hf:o{dead}"));
                // As if neither note had been written before it died.
                redis.command("RENAME", "hf:before{dead}", "hf:o{dead}");
                for (int shard = 0; shard < SessionIndex.SHARDS; shard++) {
                    redis.command("DEL", "hf:x{" + shard + "}");
                }

                await().until(() -> {
                    answer(membership.reap(10, reaped -> {}));
                    return !redis.keys().contains("hf:o{dead}");
                });

                await().untilAsserted(() -> assertThat(answer(store.sweep(10)).wills())
                        .extracting(DueWill::connection)
                        .containsExactly(attached.ref()));
            }
        }
    }

    @Test
    void anOldConnectionsGoodbyeLeavesTheWillOfALaterOneAlone() {
        Attached old = attach("c", "g1", Duration.ofHours(1));
        Attached later = attach("c", "g2", Duration.ofHours(1), Duration.ofMillis(100));
        answer(store.detach(later.ref(), new DetachRequest(Duration.ofHours(1), 0, true)));

        answer(store.settleWill(old.ref(), false));
        answer(store.settleWill(old.ref(), false));

        await().untilAsserted(() -> assertThat(answer(store.sweep(10)).wills())
                .extracting(DueWill::connection)
                .containsExactly(later.ref()));
    }

    /** Redis is set back to a state in which the clients were connected: without this nobody would take them offline. */
    @Test
    void connectionsWhoseEndRedisHasLostGoOfflineByTheWordOfTheirGateway() {
        answer(membership.join("g"));
        Attached kept = attach("kept", "g", Duration.ofHours(1));
        Attached clean = attach("clean", "g", Duration.ZERO);
        Attached delayed = attach("delayed", "g", Duration.ofHours(1), Duration.ofMillis(100));
        Attached here = attach("here", "g", Duration.ofHours(1));
        Attached moved = attach("moved", "g", Duration.ofHours(1));
        attach("moved", "other", Duration.ofHours(1));
        redis.command("SAVE");
        for (Attached one : List.of(kept, clean, delayed)) {
            answer(store.detach(one.ref(), new DetachRequest(Duration.ofHours(1), 0, true)));
        }
        // What is on its way would be repeated after the restart.
        await().atMost(Duration.ofSeconds(30)).until(() -> connection.waiting() == 0);
        redis.kill();
        redis.restart();
        List<Reaped> gone = new CopyOnWriteArrayList<>();

        assertThat(answer(membership.disclaim("g", "here"::equals, gone::add))).isEqualTo(3);
        assertThat(answer(membership.disclaim("g", "here"::equals, gone::add))).isZero();

        assertThat(gone)
                .extracting(Reaped::connection)
                .containsExactlyInAnyOrder(kept.ref(), clean.ref(), delayed.ref());
        assertThat(gone).extracting(Reaped::erased).containsExactlyInAnyOrder(false, true, false);
        assertThat(answer(store.find("clean"))).isNull();
        assertThat(Objects.requireNonNull(answer(store.find("kept"))).owner()).isNull();
        assertThat(Objects.requireNonNull(answer(store.find("here"))).owner()).isEqualTo("g");
        assertThat(Objects.requireNonNull(answer(store.find("moved"))).owner()).isEqualTo("other");
        assertThat(answer(store.subscribe(here.ref(), List.of(Subscription.of("a", 1)))))
                .hasSize(1);
        assertThatThrownBy(() -> answer(store.subscribe(moved.ref(), List.of(Subscription.of("a", 1)))))
                .hasCauseInstanceOf(StaleSessionException.class);
        // The others were published when they ended.
        List<DueWill> wills = new ArrayList<>();
        await().untilAsserted(() -> {
            wills.addAll(answer(store.sweep(10)).wills());
            assertThat(wills).extracting(DueWill::clientId).contains("delayed");
        });
        assertThat(wills).extracting(DueWill::clientId).doesNotContain("kept", "clean", "here");
    }

    @Test
    void aLivingGatewayIsNeverReaped() {
        answer(membership.join("g"));
        attach("c", "g", Duration.ofHours(1));
        long until = System.nanoTime() + LEASE.multipliedBy(3).toNanos();

        while (System.nanoTime() < until) {
            assertThat(answer(membership.renew("g"))).isEqualTo(Membership.RenewalResult.RENEWED);
            assertThat(answer(membership.reap(10, reaped -> {}))).isZero();
        }
    }

    private Attached attach(String clientId, String gateway, Duration expiry) {
        return attach(clientId, gateway, expiry, Duration.ZERO);
    }

    private Attached attach(String clientId, String gateway, Duration expiry, Duration willDelay) {
        return attach(store, clientId, gateway, expiry, willDelay);
    }

    private static Attached attach(
            RedisSessionStore by, String clientId, String gateway, Duration expiry, Duration willDelay) {
        Message message = Message.of(new MessageId(1, 1), "will", new byte[1], 1, false, 0);
        Will will = new Will(message, willDelay, Will.NO_EXPIRY);
        return answer(by.attach(new AttachRequest(clientId, "p", gateway, false, expiry, will, LIMITS)));
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
