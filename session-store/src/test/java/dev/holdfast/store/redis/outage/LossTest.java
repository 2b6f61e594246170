// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.outage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.cluster.Membership;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSentinel;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.RedisUser;
import dev.holdfast.store.redis.cluster.RedisMembership;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.session.RedisSessionStore;
import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore.SessionView;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of sessions when Redis has lost all data, or its last writes. */
final class LossTest {
    private static final QueueLimits LIMITS = new QueueLimits(1_000, 1L << 20, QueueLimits.DropPolicy.DROP_NEWEST);
    private static final Duration HOUR = Duration.ofHours(1);

    private long number;

    @Test
    void aFlushedRedisHasForgottenItsGatewaysAndTheirSessions() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            RedisMembership membership = new RedisMembership(connection, store, Duration.ofSeconds(5));
            answer(membership.join("g"));
            AttachRequest kept = request("kept", HOUR);
            AttachRequest clean = request("clean", Duration.ZERO);
            Attached keptOne = answer(store.attach(kept));
            Attached cleanOne = answer(store.attach(clean));

            redis.command("FLUSHALL");

            assertThat(answer(membership.renew("g"))).isEqualTo(Membership.RenewalResult.FORGOTTEN);
            assertThat(answer(membership.renew("g"))).isEqualTo(Membership.RenewalResult.RENEWED);
            assertThat(answer(store.reassert(keptOne.ref(), assertion(kept, true))))
                    .isFalse();
            assertThat(answer(store.reassert(cleanOne.ref(), assertion(clean, true))))
                    .isTrue();
            assertThat(answer(store.find("kept"))).isNull();
            // The clean one is unique again.
            assertThat(answer(store.attach(request("clean", Duration.ZERO))).displacedGateway())
                    .isEqualTo("g");
            // What the displaced attach was counted under goes a moment later.
            await().untilAsserted(
                            () -> assertThat(redis.command("SCARD", "hf:o{g}")).isEqualTo("1"));
        }
    }

    @Test
    void aRedisThatComesBackEmptyIsDoubtedBeforeAnythingElseIsDone() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            AttachRequest clean = request("clean", Duration.ZERO);
            Attached attached = answer(store.attach(clean));
            List<String> doubts = new CopyOnWriteArrayList<>();
            store.onDoubt(why -> {
                doubts.add(why);
                store.reassert(attached.ref(), assertion(clean, true));
                return CompletableFuture.completedFuture(null);
            });

            redis.kill();
            redis.restart();

            assertThat(answer(store.find("clean"))).isNotNull();
            redis.command("SCRIPT", "FLUSH");
            assertThat(answer(store.find("clean"))).isNotNull();
            assertThat(doubts).singleElement().asString().contains("127.0.0.1:" + redis.port());
        }
    }

    @Test
    void anAppendOnlyFileBringsBackWhatIsComparedAndGoesOnWithoutACollision() {
        try (RedisProcess redis = RedisProcess.start("--appendonly", "yes");
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            AttachRequest request = request("c", HOUR);
            Attached attached = answer(store.attach(request));
            answer(store.subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
            long before = enqueue(store, "c").seq();
            store.onDoubt(why -> {
                store.reassert(
                        attached.ref(),
                        new Assertion(
                                request,
                                true,
                                true,
                                0,
                                true,
                                0,
                                List.of(),
                                List.of(Subscription.of("a", 1)),
                                Set.of()));
                return CompletableFuture.completedFuture(null);
            });

            redis.kill();
            redis.restart();
            long after = enqueue(store, "c").seq();
            long next = enqueue(store, "c").seq();

            assertThat(after).isGreaterThan(before + 10_000).isLessThan(before + 40_000);
            assertThat(next).isEqualTo(after + 1);
            assertThat(answer(store.read(attached.ref(), 1, 10, 1_000)))
                    .extracting(QueuedMessage::seq)
                    .containsExactly(before, after, next);
        }
    }

    @Test
    void whatAFailoverLostIsMadeGoodByTheOwnerAndNewMessagesAreNotTakenForOldOnes() {
        try (RedisSentinel sentinel = RedisSentinel.start();
                RedisConnection connection = RedisConnection.open(
                        RedisSettings.of(RedisSettings.Server.of(RedisSettings.Mode.SENTINEL, sentinel.addresses())
                                        .with(RedisUser.ACCESS))
                                .withPatience(Duration.ofSeconds(1), Duration.ofSeconds(40)))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            AttachRequest first = request("moved", HOUR);
            AttachRequest fresh = new AttachRequest("fresh", "p", "g", true, HOUR, null, LIMITS);
            answer(store.subscribe(answer(store.attach(first)).ref(), List.of(Subscription.of("old", 1))));
            answer(store.subscribe(
                    answer(store.attach(request("fresh", HOUR))).ref(), List.of(Subscription.of("old", 1))));
            enqueue(store, "moved");
            answer(store.holdInbound(answer(store.attach(first)).ref(), 7, message()));
            assertThat(sentinel.master().command("WAIT", "2", "2000")).isEqualTo("2");
            Attached[] lost = new Attached[2];
            long[] lastSeq = new long[1];
            sentinel.loseTail(() -> {
                lost[0] = answer(store.attach(first));
                answer(store.subscribe(lost[0].ref(), List.of(Subscription.of("new", 1))));
                answer(store.unsubscribe(lost[0].ref(), List.of("old")));
                answer(store.dropInbound(lost[0].ref(), 7));
                for (int i = 0; i < 5; i++) {
                    lastSeq[0] = enqueue(store, "moved").seq();
                }
                answer(store.acknowledge(lost[0].ref(), lastSeq[0], new long[0]));
                lost[1] = answer(store.attach(fresh));
            });
            CompletableFuture<Boolean> movedIsThere = new CompletableFuture<>();
            CompletableFuture<Boolean> freshIsThere = new CompletableFuture<>();
            store.onDoubt(why -> {
                store.reassert(
                                lost[0].ref(),
                                new Assertion(
                                        first,
                                        true,
                                        false,
                                        0,
                                        true,
                                        0,
                                        List.of(),
                                        List.of(Subscription.of("new", 1)),
                                        Set.of()))
                        .thenAccept(movedIsThere::complete);
                store.reassert(lost[1].ref(), assertion(fresh, true)).thenAccept(freshIsThere::complete);
                return CompletableFuture.completedFuture(null);
            });

            long seq = enqueue(store, "moved").seq();
            answer(store.acknowledge(lost[0].ref(), lastSeq[0], new long[0]));

            assertThat(answer(movedIsThere)).isTrue();
            assertThat(answer(freshIsThere)).isFalse();
            assertThat(answer(store.find("fresh"))).isNull();
            SessionView view = Objects.requireNonNull(answer(store.find("moved")));
            assertThat(view.subscriptions()).containsExactly(Subscription.of("new", 1));
            assertThat(view.epoch()).isEqualTo(lost[0].ref().epoch());
            assertThat(seq).isGreaterThan(lastSeq[0]);
            assertThat(answer(store.read(lost[0].ref(), 1, 10, 1_000)))
                    .extracting(QueuedMessage::seq)
                    .containsExactly(seq);
            Attached next = answer(store.attach(first));
            assertThat(next.ref().epoch()).isGreaterThan(lost[0].ref().epoch());
            assertThat(next.inboundPacketIds()).isEmpty();
            assertThatThrownBy(() -> answer(store.reassert(lost[0].ref(), assertion(first, true))))
                    .hasCauseInstanceOf(StaleSessionException.class);
        }
    }

    /** A cursor that had ended came back with older data and shared its slot, and its packet identifiers, with the one that came after it. */
    @Test
    void anOlderRedisKeepsNoCursorThatTheOwnerHasEndedAndTakesTheNextOnesThoughTheQueueIsNotEmpty() {
        try (RedisProcess redis = RedisProcess.start();
                RedisConnection connection = RedisConnection.open(RedisSettings.of(redis.addressForGateways()))) {
            RedisSessionStore store = new RedisSessionStore(connection);
            AttachRequest request = request("c", HOUR);
            Attached attached = answer(store.attach(request));
            LogCursor ended = LogCursor.beginning(0, Subscription.of("f/#", 1), 5);
            LogCursor present = LogCursor.beginning(0, Subscription.of("g/#", 1), 7);
            enqueue(store, "c");
            answer(store.keepCursors(attached.ref(), List.of(ended)));
            assertThat(redis.command("HDEL", "hf:{c}", "w"))
                    .as("what older data has not")
                    .isEqualTo("1");

            answer(store.reassert(
                    attached.ref(),
                    new Assertion(
                            request,
                            true,
                            false,
                            0,
                            true,
                            30_000,
                            List.of(),
                            List.of(),
                            Set.of(present.name()),
                            LogCursor.QUEUE_IDENTIFIERS,
                            Set.of())));

            assertThat(answer(store.keepCursors(attached.ref(), List.of(present))))
                    .isTrue();
            Attached next = answer(store.attach(request));
            assertThat(next.cursors()).extracting(LogCursor::subscription).containsExactly(present.subscription());
            assertThat(next.identifiers()).isEqualTo(LogCursor.QUEUE_IDENTIFIERS);
        }
    }

    private static Assertion assertion(AttachRequest request, boolean began) {
        return new Assertion(
                request, !request.expiry().isZero(), began, 0, true, 0, List.of(), new ArrayList<>(), Set.of());
    }

    private Enqueued enqueue(RedisSessionStore store, String clientId) {
        return answer(store.enqueue(
                        message(), List.of(new EnqueueTarget(clientId, 1, false, EnqueueTarget.NO_IDENTIFIERS)), false))
                .get(0);
    }

    private Message message() {
        return Message.of(new MessageId(9, ++number), "t", new byte[10], 2, false, 0);
    }

    private static AttachRequest request(String clientId, Duration expiry) {
        return new AttachRequest(clientId, "p", "g", false, expiry, null, LIMITS);
    }

    private static <T> T answer(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
