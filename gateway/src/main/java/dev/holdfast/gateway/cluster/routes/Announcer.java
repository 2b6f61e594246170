// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.connection.SessionThread;
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
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Announces changes of routes to all living gateways, in order, and knows when they have applied them.
 *
 * <p>A change has been stored or counted before it is announced. It is sent at once to the gateways that lived at the last look. Then
 * the store is asked which gateways live now, and those that have come since get it too. Any other gateway has not joined yet and
 * finds the change when it loads the routes. On one thread.
 */
public final class Announcer {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Supplier<Set<String>> known;
    private final Supplier<CompletionStage<Set<String>>> living;
    private final Supplier<String> self;
    private final Function<String, Outbox> outboxes;
    private final Metrics metrics;
    private final SessionThread thread;

    private List<byte[]> pending = new ArrayList<>();
    private List<Waiter> waitingForPending = new ArrayList<>();
    private final TreeMap<Long, Round> rounds = new TreeMap<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    /** Gateways that have not answered in time. No waiter waits for them until they answer again. */
    private final Set<String> silent = new HashSet<>();

    private long lastRound;
    /** The round for which the living gateways are not known yet. */
    private @Nullable Round open;

    private boolean telling;

    /** A future that completes when its round is over, or at its deadline. */
    private record Waiter(CompletableFuture<@Nullable Void> done, long deadlineNanos) {}

    /** Changes that are announced together, and the gateways that have not yet answered that they have applied them. */
    private static final class Round {
        final long number;
        final List<Waiter> waiters;
        final Set<String> told = new HashSet<>();
        final Set<String> unanswered = new HashSet<>();
        List<byte[]> notes;
        long toldAtNanos;
        boolean isToldToAll;

        Round(long number, List<byte[]> notes, List<Waiter> waiters, long nowNanos) {
            this.number = number;
            this.toldAtNanos = nowNanos;
            this.notes = notes;
            this.waiters = waiters;
        }

        void toldToAll(long nowNanos) {
            isToldToAll = true;
            toldAtNanos = nowNanos;
            notes = List.of();
        }

        boolean isOver() {
            return isToldToAll && unanswered.isEmpty();
        }
    }

    /**
     * An announcer that has announced nothing yet.
     *
     * @param known gives the gateways that lived at the last look
     * @param living asks the store which gateways live now
     */
    public Announcer(
            Supplier<Set<String>> known,
            Supplier<CompletionStage<Set<String>>> living,
            Supplier<String> self,
            Function<String, Outbox> outboxes,
            Metrics metrics,
            SessionThread thread) {
        this.known = known;
        this.living = living;
        this.self = self;
        this.outboxes = outboxes;
        this.metrics = metrics;
        this.thread = thread;
    }

    /** Announces a change. */
    public void announce(Note note) {
        pending.add(NoteCodec.encode(note));
        tell();
    }

    /** Completes a future when all living gateways have applied everything that was announced before, or after three seconds. */
    public void whenSettled(CompletableFuture<@Nullable Void> done) {
        Waiter waiter = new Waiter(done, thread.nanoTime() + PATIENCE.toNanos());
        if (!pending.isEmpty()) {
            waitingForPending.add(waiter);
        } else if (!rounds.isEmpty()) {
            rounds.lastEntry().getValue().waiters.add(waiter);
        } else {
            done.complete(null);
            return;
        }
        waiters.add(waiter);
    }

    /** Completes a future when all living gateways have answered a round that begins after this call, or after three seconds. */
    public void whenAnswered(CompletableFuture<@Nullable Void> done) {
        Waiter waiter = new Waiter(done, thread.nanoTime() + PATIENCE.toNanos());
        waitingForPending.add(waiter);
        waiters.add(waiter);
        tell();
    }

    private void tell() {
        if (telling || (pending.isEmpty() && waitingForPending.isEmpty() && open == null)) {
            return;
        }
        telling = true;
        thread.atTurnEnd(this::begin); // changes of the same turn go into the same round
    }

    private void begin() {
        Round round = open == null ? nextRound() : open;
        tell(round, known.get());
        living.get()
                .whenComplete((gateways, failure) -> thread.execute(() -> {
                    telling = false;
                    if (gateways == null) {
                        metrics.storeError(StoreOperation.LIVING);
                        round.told.clear(); // the store may have lost the notes as well: send them again
                    } else {
                        tell(round, gateways);
                        round.toldToAll(thread.nanoTime());
                        open = null;
                        finish();
                        tell();
                    }
                }));
    }

    private Round nextRound() {
        Round round = new Round(++lastRound, pending, waitingForPending, thread.nanoTime());
        pending = new ArrayList<>();
        waitingForPending = new ArrayList<>();
        rounds.put(round.number, round);
        open = round;
        return round;
    }

    private void tell(Round round, Set<String> gateways) {
        for (String gateway : gateways) {
            if (gateway.equals(self.get()) || !round.told.add(gateway)) {
                continue;
            }
            Outbox outbox = outboxes.apply(gateway);
            round.notes.forEach(outbox::send);
            outbox.send(NoteCodec.encode(new Note.Barrier(self.get(), round.number)));
            if (!silent.contains(gateway)) {
                round.unanswered.add(gateway);
            }
        }
    }

    /** A gateway has applied everything up to this round. */
    public void applied(String gateway, long number) {
        silent.remove(gateway);
        rounds.headMap(number, true).values().forEach(round -> round.unanswered.remove(gateway));
        finish();
    }

    /** Stops waiting for dead gateways and completes futures whose deadline has passed. Called about four times a second. */
    public void look(Set<String> living) {
        long now = thread.nanoTime();
        for (Round round : rounds.values()) {
            round.unanswered.retainAll(living);
            if (!round.unanswered.isEmpty() && now - round.toldAtNanos > PATIENCE.toNanos()) {
                silent.addAll(round.unanswered);
                round.unanswered.clear();
                metrics.routesUnconfirmed();
            }
        }
        silent.retainAll(living);
        finish();
        for (Waiter next = waiters.peek(); next != null; next = waiters.peek()) {
            if (next.done().isDone()) {
                waiters.remove();
            } else if (now - next.deadlineNanos() > 0) {
                metrics.routesUnconfirmed();
                next.done().complete(null);
            } else {
                break;
            }
        }
        tell();
    }

    /** Completes the waiters of each round that is over, as long as all rounds before it are over too. */
    private void finish() {
        for (Iterator<Round> it = rounds.values().iterator(); it.hasNext(); ) {
            Round round = it.next();
            if (!round.isOver()) {
                return;
            }
            it.remove();
            round.waiters.forEach(waiter -> waiter.done().complete(null));
        }
    }
}
