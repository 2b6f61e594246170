// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static dev.holdfast.store.contract.Answers.assertStale;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.SessionStore.Due;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How sessions end, and when wills are due. */
interface EndContract extends SessionStoreContractPart {

    @Test
    default void aDetachWithoutExpiryErasesAtOnce() {
        StoreClient clean =
                StoreClient.named("c").keptFor(Duration.ZERO).with(Samples.will("bye", Duration.ofHours(1)));
        Attached attached = clean.attach(store());
        Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("a", 1))));

        Erased erased = clean.detach(store(), attached, 0);

        assertThat(erased).isNotNull().satisfies(gone -> {
            assertThat(gone.clientId()).isEqualTo("c");
            assertThat(gone.subscriptions()).containsExactly(Subscription.of("a", 1));
            assertThat(gone.will()).isNotNull();
            assertThat(Samples.text(gone.will())).isEqualTo("bye");
        });
        assertThat(Answers.of(store().find("c"))).isNull();
        assertNothingIsDue();
    }

    @Test
    default void aGoodbyeDropsTheWill() {
        StoreClient clean =
                StoreClient.named("clean").keptFor(Duration.ZERO).with(Samples.will("never", Duration.ZERO));
        StoreClient kept =
                StoreClient.named("kept").keptFor(time().steps(2)).with(Samples.will("never", time().step()));

        Erased erased = Answers.of(
                        store().detach(clean.attach(store()).ref(), new DetachRequest(Duration.ZERO, 0, false)))
                .erased();
        Answers.of(store().detach(kept.attach(store()).ref(), new DetachRequest(time().steps(2), 0, false)));
        time().pass(time().steps(2));
        Due due = Answers.of(store().sweep(10));

        assertThat(Answers.present(erased).will()).isNull();
        assertThat(due.wills()).isEmpty();
        assertThat(due.expired()).extracting(Erased::will).containsExactly((DueWill) null);
    }

    @Test
    default void aSessionExpiresItsTimeAfterTheDetachAndIsHandedOutOnce() {
        StoreClient client = StoreClient.named("c").keptFor(time().steps(4));
        Attached attached = client.attach(store());
        Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("a", 1))));
        time().pass(time().step());
        client.detach(store(), attached, 0);
        assertNothingIsDue();

        time().pass(time().steps(4));
        Due due = Answers.of(store().sweep(10));

        assertThat(due.expired())
                .containsExactly(new Erased(
                        attached.ref(),
                        "owner-of-c",
                        Erased.End.EXPIRED,
                        null,
                        List.of(Subscription.of("a", 1)),
                        null));
        assertNothingIsDue();
        assertThat(Answers.of(store().find("c"))).isNull();
        assertThat(client.enqueue(store(), Samples.message("1"), 1).result()).isEqualTo(Enqueued.Result.NO_SESSION);
        assertStale(store().read(attached.ref(), 1, 1, 1));
    }

    /** Whoever had learnt of the first session, and not yet of its end, put its messages into the queue of the second. */
    @Test
    default void whatIsMeantForASessionThatHasEndedDoesNotReachTheNextOneOfThatName() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());
        client.detach(store(), first, 0);
        Attached resumed = client.attach(store());
        EnqueueTarget meant = new EnqueueTarget("c", first.born(), 1, false, EnqueueTarget.NO_IDENTIFIERS);
        assertThat(resumed.born()).isEqualTo(first.born());
        assertThat(Answers.of(store().enqueue(Samples.message("1"), List.of(meant), false))
                        .get(0)
                        .result())
                .isEqualTo(Enqueued.Result.STORED);
        Answers.of(store().detach(resumed.ref(), new DetachRequest(Duration.ZERO, 0, false)));

        Attached next = client.attach(otherProcess());

        assertThat(next.sessionPresent()).isFalse();
        assertThat(next.born()).isEqualTo(next.ref().epoch());
        for (boolean mayRepeat : new boolean[] {false, true}) {
            assertThat(Answers.of(store().enqueue(Samples.message("2"), List.of(meant), mayRepeat))
                            .get(0)
                            .result())
                    .isEqualTo(Enqueued.Result.NO_SESSION);
        }
        assertThat(StoreClient.readAll(otherProcess(), next)).isEmpty();
        assertThat(client.enqueue(store(), Samples.message("3"), 1).result()).isEqualTo(Enqueued.Result.STORED);
    }

    /** A member of a shared subscription that has just left kept what another one could have had at once. */
    @Test
    default void whatIsForAnOnlineSessionIsNotQueuedWhileNobodyOwnsIt() {
        StoreClient client = StoreClient.named("c");
        Attached attached = client.attach(store());
        EnqueueTarget online =
                new EnqueueTarget("c", attached.born(), 1, false, EnqueueTarget.NO_IDENTIFIERS, "$share/g/t", true);
        Enqueued there = Answers.of(store().enqueue(Samples.message("1"), List.of(online), false))
                .get(0);
        client.detach(store(), attached, 1);

        Enqueued away = Answers.of(store().enqueue(Samples.message("2"), List.of(online), false))
                .get(0);

        assertThat(there.result()).isEqualTo(Enqueued.Result.STORED);
        assertThat(away).isEqualTo(new Enqueued(Enqueued.Result.AWAY, 0, null, 0));
        assertThat(StoreClient.readAll(store(), client.attach(store()))).hasSize(1);
    }

    /** What such a session had been given was lost with it though it had been acknowledged to its publisher. */
    @Test
    default void whatAnEndedSessionHadOfASharedSubscriptionIsLeftToOthersHoweverItEnded() {
        List<BiConsumer<StoreClient, Attached>> ends = List.of(
                (client, attached) ->
                        Answers.of(store().detach(attached.ref(), new DetachRequest(Duration.ZERO, 2, false))),
                (client, attached) -> {
                    client.detach(store(), attached, 2);
                    client.cleanStart().attach(otherProcess());
                },
                (client, attached) -> {
                    client.detach(store(), attached, 2);
                    Answers.of(otherProcess().destroy(client.request().clientId()));
                },
                (client, attached) -> {
                    Answers.of(store().detach(attached.ref(), new DetachRequest(time().step(), 2, false)));
                    time().pass(time().steps(2));
                });
        for (int i = 0; i < ends.size(); i++) {
            String id = "c" + i;
            StoreClient client = StoreClient.named(id);
            Attached attached = client.attach(store());
            Answers.of(store().subscribe(attached.ref(), List.of(Subscription.of("$share/g/t", 2))));
            EnqueueTarget shared = new EnqueueTarget(id, attached.born(), 1, false, new int[] {7}, "$share/g/t", false);
            EnqueueTarget begun =
                    new EnqueueTarget(id, attached.born(), 2, false, EnqueueTarget.NO_IDENTIFIERS, "$share/g/t", false);
            for (EnqueueTarget target : List.of(shared, begun, Samples.to(id, 1), shared, begun)) {
                Answers.of(store().enqueue(Samples.message("m"), List.of(target), false));
            }
            assertThat(StoreClient.readAll(store(), attached).get(0).subscriptionIdentifiers())
                    .containsExactly(7);

            ends.get(i).accept(client, attached);

            List<String> handedOut = new ArrayList<>();
            // The index, by which a sweep finds it, is written beside the call that ends the session.
            for (int sweeps = 0; sweeps < 1_000 && !handedOut.contains(id); sweeps++) {
                handedOut.addAll(Answers.of(store().sweep(10)).leftovers());
            }
            assertThat(handedOut).contains(id);
            Leftovers left = Answers.of(otherProcess().leftovers(id, 10));
            assertThat(left.messages()).extracting(each -> each.message().qos()).containsExactly(1, 1, 2);
            assertThat(left.messages()).extracting(Leftovers.Leftover::share).containsOnly("$share/g/t");
            Answers.of(otherProcess().leftoversGiven(left));
            assertThat(Answers.of(store().leftovers(id, 10)).messages()).isEmpty();
        }
    }

    @Test
    default void aSessionThatTakesThePlaceOfAKeptOneSaysSo() {
        StoreClient client = StoreClient.named("c");
        Attached first = client.attach(store());

        Attached second = client.cleanStart().attach(store());

        assertThat(first.predecessor()).isZero();
        assertThat(second.predecessor()).isEqualTo(first.ref().epoch());
    }

    @Test
    default void aConnectedSessionDoesNotExpire() {
        StoreClient client = StoreClient.named("c").keptFor(time().step());
        Attached first = client.attach(store());
        client.detach(store(), first, 0);
        client.attach(store());

        time().pass(time().steps(2));

        assertNothingIsDue();
        assertThat(Answers.of(store().find("c"))).isNotNull();
    }

    @Test
    default void anExpiredSessionIsNotPresentThoughNobodySwept() {
        StoreClient client = StoreClient.named("c").keptFor(time().step());
        Attached first = client.attach(store());
        Answers.of(store().subscribe(first.ref(), List.of(Subscription.of("a", 1))));
        client.enqueue(store(), Samples.message("old"), 1);
        client.detach(store(), first, 0);
        time().pass(time().step());

        Attached second = client.attach(otherProcess());

        assertThat(second.sessionPresent()).isFalse();
        assertThat(Answers.present(second.discarded()).end()).isEqualTo(Erased.End.EXPIRED);
        assertThat(second.subscriptions()).isEmpty();
        assertThat(StoreClient.readAll(otherProcess(), second)).isEmpty();
    }

    @Test
    default void theDepartureSaysHowLongTheSessionIsKept() {
        StoreClient client = StoreClient.named("c").keptFor(Duration.ofHours(1));
        Answers.of(store().detach(client.attach(store()).ref(), new DetachRequest(time().step(), 0, false)));

        time().pass(time().step());

        assertThat(Answers.of(store().sweep(10)).expired()).hasSize(1);
    }

    @Test
    default void aVeryLongExpiryNeverOverflows() {
        StoreClient client = StoreClient.named("c").keptFor(Duration.ofSeconds(0xFFFF_FFFFL));
        client.detach(store(), client.attach(store()), 0);
        time().pass(time().step());

        assertNothingIsDue();
        assertThat(client.attach(store()).sessionPresent()).isTrue();
    }

    @Test
    default void aDelayedWillIsDueAfterItsDelayAndTheSessionLivesOn() {
        int steps = 2;
        String name = "c" + steps;
        StoreClient client = StoreClient.named(name).with(Samples.will("late", time().steps(steps)));
        while (!isLookedAtBeforeItsWillIsDue(client, time().steps(steps))) {
            // The machine is too busy for so short a delay.
            steps *= 2;
            name = "c" + steps;
            client = StoreClient.named(name).with(Samples.will("late", time().steps(steps)));
        }

        time().pass(time().steps(steps));
        Due due = Answers.of(otherProcess().sweep(10));

        assertThat(due.expired()).isEmpty();
        assertThat(due.wills()).hasSize(1);
        assertThat(due.wills().get(0).clientId()).isEqualTo(name);
        assertThat(Samples.text(due.wills().get(0).will())).isEqualTo("late");
        assertNothingIsDue();
        assertThat(client.attach(store()).sessionPresent()).isTrue();
    }

    /** Leaves, and finds that nothing is due; false, and what is due is published, if that came too late to mean anything. */
    private boolean isLookedAtBeforeItsWillIsDue(StoreClient client, Duration delay) {
        Attached attached = client.attach(store());
        long due = time().nowMillis() + delay.toMillis();
        client.detach(store(), attached, 0);
        List<DueWill> early = Answers.of(store().sweep(100)).wills();
        if (time().nowMillis() < due) {
            assertThat(early).isEmpty();
            return true;
        }
        time().pass(delay);
        early.forEach(this::published);
        Answers.of(store().sweep(100)).wills().forEach(this::published);
        return false;
    }

    @Test
    default void aClientThatComesBackInTimeCancelsItsWill() {
        int steps = 4;
        while (!comesBackBeforeItsWillIsDue("c" + steps, time().steps(steps))) {
            steps *= 2; // the machine is too busy for so short a delay
        }

        time().pass(time().steps(steps));

        assertNothingIsDue();
    }

    private boolean comesBackBeforeItsWillIsDue(String name, Duration delay) {
        StoreClient client = StoreClient.named(name).with(Samples.will("cancelled", delay));
        Attached attached = client.attach(store());
        long due = time().nowMillis() + delay.toMillis();
        client.detach(store(), attached, 0);
        client.attach(store());
        if (time().nowMillis() < due) {
            return true;
        }
        Answers.of(store().sweep(100)).wills().forEach(this::published);
        return false;
    }

    @Test
    default void aWillIsDueAtTheEndOfTheSessionIfThatComesFirst() {
        StoreClient client =
                StoreClient.named("c").keptFor(time().step()).with(Samples.will("end", Duration.ofHours(1)));
        client.detach(store(), client.attach(store()), 0);

        time().pass(time().step());
        Due due = Answers.of(store().sweep(10));

        assertThat(due.wills()).isEmpty();
        assertThat(due.expired()).hasSize(1);
        assertThat(due.expired().get(0).will()).isNotNull();
        assertThat(Samples.text(due.expired().get(0).will())).isEqualTo("end");
        assertNothingIsDue();
    }

    @Test
    default void aCleanStartMakesTheWaitingWillDueNow() {
        StoreClient client = StoreClient.named("c").with(Samples.will("old", time().step()));
        client.detach(store(), client.attach(store()), 0);

        Attached attached = client.cleanStart().attach(store());

        assertThat(Samples.text(Answers.present(attached.discarded()).will())).isEqualTo("old");
        published(Answers.present(attached.discarded()).will());
        time().pass(time().step());
        assertNothingIsDue();
    }

    @Test
    default void aSweepTakesNoMoreThanAsked() {
        for (int i = 0; i < 5; i++) {
            StoreClient client = StoreClient.named("c" + i).keptFor(time().step());
            client.detach(store(), client.attach(store()), 0);
        }
        time().pass(time().step());

        assertThat(Answers.of(store().sweep(2)).expired()).hasSize(2);
        assertThat(Answers.of(store().sweep(2)).expired()).hasSize(2);
        assertThat(Answers.of(store().sweep(2)).expired()).hasSize(1);
        assertNothingIsDue();
    }

    @Test
    default void manySweepsAtOnceHandOutEachSessionAndEachWillOnce() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            StoreClient client = i % 2 == 0
                    ? StoreClient.named("e" + i).keptFor(time().step()).with(Samples.will("w", Duration.ofHours(1)))
                    : StoreClient.named("w" + i).with(Samples.will("w", time().step()));
            client.detach(store(), client.attach(store()), 0);
            expected.add(client.request().clientId());
        }
        time().pass(time().step());

        List<Handed> handedOut = new ArrayList<>();
        together(8, this::sweepUntilNothingIsDue).forEach(handedOut::addAll);

        assertThat(handedOut).extracting(Handed::clientId).containsAll(expected);
        assertThat(handedOut).filteredOn(one -> !one.isWill()).hasSize(100).doesNotHaveDuplicates();
        handedOut.sort(Comparator.comparing(Handed::clientId).thenComparing(Handed::askedAt));
        for (int i = 1; i < handedOut.size(); i++) {
            Handed before = handedOut.get(i - 1);
            Handed after = handedOut.get(i);
            if (before.clientId().equals(after.clientId())) {
                // On a busy machine it was not said in time that the will has been published.
                assertThat(after.isWill()).as("%s after %s", after, before).isTrue();
                assertThat(after.answeredAt() - before.askedAt())
                        .as("%s after %s", after, before)
                        .isGreaterThanOrEqualTo(fixture().willLease().toMillis());
            }
        }
    }

    /** What a sweep handed out, and between which moments. */
    record Handed(String clientId, boolean isWill, long askedAt, long answeredAt) {}

    private List<Handed> sweepUntilNothingIsDue() {
        List<Handed> all = new ArrayList<>();
        while (true) {
            long asked = time().nowMillis();
            Due due = Answers.of(store().sweep(2));
            long answered = time().nowMillis();
            if (due.expired().isEmpty() && due.wills().isEmpty()) {
                return all;
            }
            due.expired().forEach(one -> {
                assertThat(one.will()).isNotNull();
                all.add(new Handed(one.clientId(), false, asked, answered));
                published(one.will());
            });
            due.wills().forEach(one -> {
                all.add(new Handed(one.clientId(), true, asked, answered));
                published(one);
            });
        }
    }

    private void published(@Nullable DueWill will) {
        if (will != null) {
            Answers.of(store().willPublished(will.connection()));
        }
    }

    private void assertNothingIsDue() {
        Due due = Answers.of(store().sweep(100));
        assertThat(due.expired()).isEmpty();
        assertThat(due.wills()).isEmpty();
    }

    private static <T> List<T> together(int threads, Callable<T> task) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CyclicBarrier start = new CyclicBarrier(threads);
        Callable<T> atOnce = () -> {
            start.await();
            return task.call();
        };
        try {
            List<T> answers = new ArrayList<>();
            for (Future<T> future : pool.invokeAll(Collections.nCopies(threads, atOnce))) {
                answers.add(future.get());
            }
            return answers;
        } finally {
            pool.shutdownNow();
        }
    }
}
