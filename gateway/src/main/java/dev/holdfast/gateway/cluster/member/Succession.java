// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.member;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takeovers of sessions between gateways. The gateway that takes a session over waits until the other gateway has closed the client's
 * old connection and has answered that nothing of that connection will come any more, its will included. Any thread.
 */
public final class Succession {
    /** How long the new gateway waits when a will may come: shorter than the store waits for the decision on a will. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** How long the new gateway waits without a will: only for what the client has sent last to the old gateway. */
    private static final Duration PATIENCE_WITHOUT_WILL = Duration.ofMillis(250);

    private final Supplier<Sessions> sessions;
    private final Supplier<String> self;
    private final Function<String, Outbox> outboxes;
    private final Supplier<Set<String>> living;
    private final List<? extends SessionThread> threads;
    private final ConcurrentHashMap<SessionRef, Waiting> waiting = new ConcurrentHashMap<>();

    /** The gateway that was asked to close the connection, and the future of its answer. */
    private record Waiting(String gateway, CompletableFuture<Boolean> answered) {}

    /** Takeovers between this gateway and the living ones. */
    public Succession(
            Supplier<Sessions> sessions,
            Supplier<String> self,
            Function<String, Outbox> outboxes,
            Supplier<Set<String>> living,
            List<? extends SessionThread> threads) {
        this.sessions = sessions;
        this.self = self;
        this.outboxes = outboxes;
        this.living = living;
        this.threads = threads;
    }

    // ---- the gateway that takes over

    /** Has another gateway close a connection. Done when that gateway has answered {@link Note.Over}, or has not in time. */
    public CompletableFuture<Boolean> displaced(DisplacedConnection displaced, SessionRef by, boolean kicked) {
        String gateway = displaced.gateway();
        CompletableFuture<Boolean> answered = new CompletableFuture<>();
        Duration patience = displaced.owesWill() ? PATIENCE : PATIENCE_WITHOUT_WILL;
        if (kicked) {
            answered.complete(false);
        } else {
            waiting.put(by, new Waiting(gateway, answered));
            answered.completeOnTimeout(false, patience.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((over, failure) -> waiting.remove(by));
        }
        Note note = new Note.Displaced(self.get(), by.clientId(), by.epoch(), kicked, displaced.owesWill());
        outboxes.apply(gateway).deliver(NoteCodec.encode(note)).whenComplete((nothing, failure) -> {
            if (failure != null) {
                answered.complete(false);
            }
        });
        return answered;
    }

    /** The other gateway has answered. What it had published before must reach the threads of the subscribers first. */
    public void over(Note.Over note) {
        Waiting known = waiting.get(new SessionRef(note.clientId(), note.epoch()));
        if (known != null) {
            // One turn takes a message to the thread of its topic, one more to the thread of the subscriber.
            afterTurns()
                    .thenCompose(nothing -> afterTurns())
                    .thenRun(() -> known.answered().complete(true));
        }
    }

    /** A gateway has died: its answers are not waited for any more. */
    public void departed(String gateway) {
        for (Waiting each : waiting.values()) {
            if (each.gateway().equals(gateway)) {
                each.answered().complete(false);
            }
        }
    }

    // ---- the gateway of the displaced connection

    /** Closes the connection, and answers when nothing of it will come any more. */
    public void displaced(Note.Displaced note) {
        CompletableFuture<?> over = sessions.get().displacedElsewhere(note.clientId(), note.epoch(), note.kicked());
        if (note.kicked()) {
            return;
        }
        CompletableFuture<?> read = note.owesWill() ? over.thenCompose(nothing -> readByOthers(note.from())) : over;
        read.whenComplete((nothing, failure) ->
                outboxes.apply(note.from()).send(NoteCodec.encode(new Note.Over(note.clientId(), note.epoch()))));
    }

    /**
     * Done when the other gateways have read what this gateway has sent them. A will then comes to them before anything that the client
     * publishes at its new gateway.
     *
     * @param asking the new gateway, which is not waited for: the answer to it stands behind the will
     */
    private CompletableFuture<?> readByOthers(String asking) {
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (String gateway : living.get()) {
            if (!gateway.equals(self.get()) && !gateway.equals(asking)) {
                byte[] nothing = NoteCodec.encode(new Note.Over("", 0));
                all = all.thenCombine(
                        outboxes.apply(gateway).deliver(nothing).exceptionally(failure -> null), (some, other) -> null);
            }
        }
        return all;
    }

    /** Done when each I/O thread has run the tasks that it had before, and those that they left for the end of a turn. */
    private CompletableFuture<@Nullable Void> afterTurns() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        AtomicInteger open = new AtomicInteger(threads.size());
        for (SessionThread thread : threads) {
            thread.execute(() -> thread.atTurnEnd(() -> {
                if (open.decrementAndGet() == 0) {
                    done.complete(null);
                }
            }));
        }
        return done;
    }
}
