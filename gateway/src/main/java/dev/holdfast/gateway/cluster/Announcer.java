// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.SessionThread;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells all living gateways of changes to the routes, in order, and says when they have them.
 *
 * <p>What is to be told has been stored or counted before; then the living are asked for, then each of them is told.
 * A gateway that is not among them has not joined yet, and will find the change when it loads what there is. All of it
 * on one thread.
 */
final class Announcer {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Supplier<CompletionStage<Set<String>>> living;
    private final Supplier<String> self;
    private final Function<String, Outbox> outboxes;
    private final Metrics metrics;
    private final SessionThread thread;

    private List<byte[]> pending = new ArrayList<>();
    private List<Waiter> waitingForPending = new ArrayList<>();
    private final TreeMap<Long, Round> rounds = new TreeMap<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    /** Gateways that have not answered in time: nobody waits for them until they do. */
    private final Set<String> silent = new HashSet<>();

    private final LongAdder unconfirmed = new LongAdder();
    private long lastRound;
    private boolean telling;

    /** Somebody who waits until a deadline. */
    private record Waiter(CompletableFuture<@Nullable Void> done, long deadlineNanos) {}

    /** Changes that have been told. */
    private record Round(Set<String> unanswered, List<Waiter> waiters, long toldAtNanos) {
        boolean isOver() {
            return unanswered.isEmpty();
        }
    }

    Announcer(
            Supplier<CompletionStage<Set<String>>> living,
            Supplier<String> self,
            Function<String, Outbox> outboxes,
            Metrics metrics,
            SessionThread thread) {
        this.living = living;
        this.self = self;
        this.outboxes = outboxes;
        this.metrics = metrics;
        this.thread = thread;
        metrics.gauge(
                "routes.unconfirmed",
                "Waits for other gateways to route by a change that were given up",
                unconfirmed::sum);
    }

    /** Has a change told. */
    void announce(Note note) {
        pending.add(NoteCodec.encode(note));
        tell();
    }

    /** Completes a future when all that was announced before is live everywhere, or the wait is given up. */
    void whenSettled(CompletableFuture<@Nullable Void> done) {
        Waiter waiter = new Waiter(done, System.nanoTime() + PATIENCE.toNanos());
        if (!pending.isEmpty() || telling) {
            waitingForPending.add(waiter);
        } else if (!rounds.isEmpty()) {
            rounds.lastEntry().getValue().waiters().add(waiter);
        } else {
            done.complete(null);
            return;
        }
        waiters.add(waiter);
    }

    private void tell() {
        if (telling || pending.isEmpty()) {
            return;
        }
        telling = true;
        // What comes in this turn rides along.
        thread.atTurnEnd(() -> living.get()
                .whenComplete((gateways, failure) -> thread.execute(() -> {
                    telling = false;
                    if (gateways == null) {
                        metrics.storeError("living");
                    } else {
                        told(gateways);
                    }
                })));
    }

    private void told(Set<String> gateways) {
        List<byte[]> notes = pending;
        List<Waiter> waiting = waitingForPending;
        pending = new ArrayList<>();
        waitingForPending = new ArrayList<>();
        long number = ++lastRound;
        byte[] barrier = NoteCodec.encode(new Note.Barrier(self.get(), number));
        Set<String> unanswered = new HashSet<>();
        for (String gateway : gateways) {
            if (gateway.equals(self.get())) {
                continue;
            }
            Outbox outbox = outboxes.apply(gateway);
            notes.forEach(outbox::send);
            outbox.send(barrier);
            if (!silent.contains(gateway)) {
                unanswered.add(gateway);
            }
        }
        Round round = new Round(unanswered, waiting, System.nanoTime());
        if (round.isOver() && rounds.isEmpty()) {
            waiting.forEach(waiter -> waiter.done().complete(null));
        } else {
            rounds.put(number, round);
        }
        tell();
    }

    /** A gateway routes by everything up to a round. */
    void applied(String gateway, long number) {
        silent.remove(gateway);
        rounds.headMap(number, true)
                .values()
                .forEach(round -> round.unanswered().remove(gateway));
        finish();
    }

    /** Gives up on gateways that are dead, and on waits that have been long enough; called several times a second. */
    void look(Set<String> living) {
        long now = System.nanoTime();
        for (Round round : rounds.values()) {
            round.unanswered().retainAll(living);
            if (!round.isOver() && now - round.toldAtNanos() > PATIENCE.toNanos()) {
                silent.addAll(round.unanswered());
                round.unanswered().clear();
                unconfirmed.increment();
            }
        }
        silent.retainAll(living);
        finish();
        for (Waiter next = waiters.peek(); next != null; next = waiters.peek()) {
            if (next.done().isDone()) {
                waiters.remove();
            } else if (now - next.deadlineNanos() > 0) {
                unconfirmed.increment();
                next.done().complete(null);
            } else {
                break;
            }
        }
        tell();
    }

    /** A round is over when it and all before it are. */
    private void finish() {
        for (Iterator<Round> it = rounds.values().iterator(); it.hasNext(); ) {
            Round round = it.next();
            if (!round.isOver()) {
                return;
            }
            it.remove();
            round.waiters().forEach(waiter -> waiter.done().complete(null));
        }
    }
}
