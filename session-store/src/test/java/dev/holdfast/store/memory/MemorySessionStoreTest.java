// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.AttachRequest;
import dev.holdfast.store.Departure;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.QueueLimits;
import dev.holdfast.store.QueueLimits.DropPolicy;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.Will;
import dev.holdfast.store.contract.MovableTime;
import dev.holdfast.store.contract.SessionStoreContract;
import dev.holdfast.store.contract.SessionStoreFixture;
import dev.holdfast.store.contract.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The session store in memory keeps the contract, answers at once, and takes time from its clock alone. */
final class MemorySessionStoreTest extends SessionStoreContract {

    @Override
    protected SessionStoreFixture open() {
        MovableTime clock = new MovableTime();
        MemorySessionStore store = new MemorySessionStore(clock);
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
        store().detach(first.ref(), new Departure(Duration.ofHours(1), 0, true));
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
        store.detach(first.ref(), new Departure(Duration.ofSeconds(1), 0, false));
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
    void theLongestDurationsNeverComeDue() {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
        var first = store().attach(request("c", forever, will(forever)))
                .toCompletableFuture()
                .join();
        store().detach(first.ref(), new Departure(forever, 0, true));
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
        QueueLimits limits = new QueueLimits(10, 1_000, DropPolicy.DROP_OLDEST);
        return new AttachRequest(clientId, "p", "g1", false, expiry, will, limits);
    }

    private static Will will(Duration delay) {
        Message message = Message.of(new MessageId(1, 1), "will", new byte[1], 1, false, 0);
        return new Will(message, delay, Will.NO_EXPIRY);
    }
}
