// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.contract.CountedMemory;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.Time;
import dev.holdfast.store.contract.session.SessionStoreContract;
import dev.holdfast.store.contract.session.SessionStoreFixture;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The session store in memory keeps the contract, answers at once, and takes time from its clock alone. */
@Tag("unit")
final class MemorySessionStoreTest extends SessionStoreContract {
    private final CountedMemory memory = new CountedMemory();

    @Override
    protected SessionStoreFixture open() {
        MovableTime clock = new MovableTime();
        MemorySessionStore store = new MemorySessionStore(clock, memory);
        return new SessionStoreFixture() {
            @Override
            public SessionStore store() {
                return store;
            }

            @Override
            public SessionStore otherProcess() {
                return store;
            }

            @Override
            public Time time() {
                return clock;
            }

            @Override
            public int modelRuns() {
                return 200;
            }

            @Override
            public int races() {
                return 2_000;
            }

            @Override
            public Duration willWord() {
                return DueWills.WORD;
            }

            @Override
            public Duration willLease() {
                return DueWills.LEASE;
            }

            @Override
            public void close() {
                store.close();
                memory.assertNothingHeld();
            }
        };
    }

    @Test
    void everyAnswerIsThereWhenTheCallReturns() {
        assertThat(store().attach(request("c", Duration.ofHours(1), null)).toCompletableFuture())
                .isDone();
        assertThat(store().sweep(1).toCompletableFuture()).isDone();
    }

    @Test
    void aWillWhoseDelayHadPassedIsPublishedThoughItsClientCameBackBeforeTheSweep() {
        var request = request("c", Duration.ofHours(1), will(Duration.ofSeconds(10)));
        var first = store().attach(request).toCompletableFuture().join();
        store().detach(first.ref(), new DetachRequest(Duration.ofHours(1), 0, true));
        time().pass(Duration.ofSeconds(10));

        assertThat(store().attach(request).toCompletableFuture().join().sessionPresent())
                .isTrue();

        assertThat(store().sweep(10).toCompletableFuture().join().wills()).hasSize(1);
    }

    @Test
    void aSweepThatClaimedAnEndLeavesTheSessionOfAnAttachThatWasFasterAlone() throws Exception {
        AtomicReference<Runnable> duringAttach = new AtomicReference<>(() -> {});
        InstantSource clock = () -> {
            duringAttach.getAndSet(() -> {}).run();
            return Instant.ofEpochMilli(time().nowMillis());
        };
        MemorySessionStore store = new MemorySessionStore(clock);
        var request = request("c", Duration.ofSeconds(1), null);
        var first = store.attach(request).toCompletableFuture().join();
        store.detach(first.ref(), new DetachRequest(Duration.ofSeconds(1), 0, false));
        time().pass(Duration.ofSeconds(1));
        List<SessionStore.Due> swept = new CopyOnWriteArrayList<>();
        Thread sweeper =
                new Thread(() -> swept.add(store.sweep(10).toCompletableFuture().join()));
        duringAttach.set(() -> {
            sweeper.start();
            await().until(() -> sweeper.getState() == Thread.State.BLOCKED);
        });

        var second = store.attach(request).toCompletableFuture().join();
        sweeper.join();

        assertThat(second.discarded()).isNotNull();
        assertThat(swept).containsExactly(new SessionStore.Due(List.of(), List.of(), List.of()));
        assertThat(store.find("c").toCompletableFuture().join()).isNotNull();
    }

    @Test
    void aMessageIsChargedOnceHoweverManyQueuesHaveIt() {
        List<EnqueueTarget> targets = List.of("a", "b", "c").stream()
                .map(client -> new EnqueueTarget(client, 1, false, EnqueueTarget.NO_IDENTIFIERS))
                .toList();
        targets.forEach(target -> store().attach(request(target.clientId(), Duration.ofHours(1), null)));
        Message message = message(50_000);

        store().enqueue(message, targets, false);
        long ofMany = memory.held(Kind.QUEUES);
        store().enqueue(message(50_000), targets.subList(0, 1), false);

        assertThat(ofMany).isBetween(50_000L, 60_000L);
        assertThat(memory.held(Kind.QUEUES)).isBetween(100_000L, 110_000L);
    }

    @Test
    void aSessionThatEndsGivesBackAllThatWasHeldForIt() {
        var attached = store().attach(request("c", Duration.ofHours(1), will(Duration.ofSeconds(10))))
                .toCompletableFuture()
                .join();
        store().subscribe(attached.ref(), List.of(Subscription.of("a/b", 1), Subscription.of("a/#", 1)));
        store().holdInbound(attached.ref(), 7, message(1_000));
        store().enqueue(message(1_000), List.of(new EnqueueTarget("c", 2, false, EnqueueTarget.NO_IDENTIFIERS)), false);
        for (Kind kind : List.of(Kind.SESSIONS, Kind.SUBSCRIPTIONS, Kind.QOS2_HELD, Kind.QUEUES, Kind.WILLS)) {
            assertThat(memory.held(kind)).as("%s", kind).isPositive();
        }

        store().detach(attached.ref(), new DetachRequest(Duration.ZERO, 0, false));

        memory.assertNothingHeld();
    }

    @Test
    void whereMemoryIsShortAQueueDoesNotGrowAndItsOldestGiveWay() {
        var attached = store().attach(request("c", Duration.ofHours(1), null))
                .toCompletableFuture()
                .join();
        store().detach(attached.ref(), new DetachRequest(Duration.ofHours(1), 0, false));
        List<EnqueueTarget> target = List.of(new EnqueueTarget("c", 1, false, EnqueueTarget.NO_IDENTIFIERS));
        store().enqueue(message(10_000), target, false);
        store().enqueue(message(10_000), target, false);
        memory.room(1_000);

        var full = store().enqueue(message(10_000), target, false)
                .toCompletableFuture()
                .join()
                .get(0);
        var small = store().enqueue(message(100), target, false)
                .toCompletableFuture()
                .join()
                .get(0);

        assertThat(full.dropped()).isEqualTo(1);
        assertThat(small.dropped()).isEqualTo(1);
        assertThat(memory.timesRefused(Kind.QUEUES)).isEqualTo(2);
        assertThat(memory.held(Kind.QUEUES)).isBetween(10_000L, 11_000L);
    }

    @Test
    void theLongestDurationsNeverComeDue() {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
        var first = store().attach(request("c", forever, will(forever)))
                .toCompletableFuture()
                .join();
        store().detach(first.ref(), new DetachRequest(forever, 0, true));
        time().pass(Duration.ofDays(365_000));

        SessionStore.Due due = store().sweep(10).toCompletableFuture().join();

        assertThat(due.expired()).isEmpty();
        assertThat(due.wills()).isEmpty();
    }

    @Test
    void aClosedStoreRefusesEverything() {
        store().close();

        assertThatThrownBy(() -> store().find("c").toCompletableFuture().join())
                .hasRootCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> store().attach(request("c", Duration.ZERO, null))
                        .toCompletableFuture()
                        .join())
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    private static AttachRequest request(String clientId, Duration expiry, @Nullable Will will) {
        QueueLimits limits = new QueueLimits(10, 1_000_000, DropPolicy.DROP_OLDEST);
        return new AttachRequest(clientId, "p", "g1", false, expiry, will, limits);
    }

    private static Will will(Duration delay) {
        Message message = Message.of(new MessageId(1, 1), "will", new byte[1], 1, false, 0);
        return new Will(message, delay, Will.NO_EXPIRY);
    }

    private static Message message(int payloadBytes) {
        return Message.of(new MessageId(1, 2), "a/b", new byte[payloadBytes], 2, false, 0);
    }
}
