// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
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
 * Takeovers between gateways: the one that takes a session over waits until the other has closed its connection and has said that
 * nothing of it is to come any more, its will included. Any thread.
 */
final class Succession {
    /** Shorter than the store waits for the word on a will. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Without a will what is waited for is only what the client had sent there last. */
    private static final Duration PATIENCE_WITHOUT_WILL = Duration.ofMillis(250);

    private final Supplier<Sessions> sessions;
    private final Supplier<String> self;
    private final Function<String, Outbox> outboxes;
    private final Supplier<Set<String>> living;
    private final List<? extends SessionThread> threads;
    private final ConcurrentHashMap<SessionRef, Waiting> waiting = new ConcurrentHashMap<>();

    /** Who is asked, and what is done with the answer. */
    private record Waiting(String gateway, CompletableFuture<Boolean> answered) {}

    Succession(
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

    /** Has another gateway close a connection; done when it has said that this is over, or does not say so in time. */
    CompletableFuture<Boolean> displaced(DisplacedConnection displaced, SessionRef by, boolean kicked) {
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

    /** The other has said so. What it had published before is with the threads of its subscribers first. */
    void over(Note.Over note) {
        Waiting known = waiting.get(new SessionRef(note.clientId(), note.epoch()));
        if (known != null) {
            // From the thread of the topic to that of the subscriber.
            afterTurns()
                    .thenCompose(nothing -> afterTurns())
                    .thenRun(() -> known.answered().complete(true));
        }
    }

    /** A gateway has gone: it answers nobody. */
    void departed(String gateway) {
        for (Waiting each : waiting.values()) {
            if (each.gateway().equals(gateway)) {
                each.answered().complete(false);
            }
        }
    }

    // ---- the gateway of the displaced connection

    /** Closes the connection, and answers when that is over. */
    void displaced(Note.Displaced note) {
        CompletableFuture<?> over = sessions.get().displacedElsewhere(note.clientId(), note.epoch(), note.kicked());
        if (note.kicked()) {
            return;
        }
        CompletableFuture<?> read = note.owesWill() ? over.thenCompose(nothing -> readByOthers(note.from())) : over;
        read.whenComplete((nothing, failure) ->
                outboxes.apply(note.from()).send(NoteCodec.encode(new Note.Over(note.clientId(), note.epoch()))));
    }

    /**
     * Done when the other gateways have read what this one has told them: so a will comes before what its client publishes at the
     * gateway that has taken over.
     *
     * @param asking has it in its own order
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

    /** Done when every thread has run what it was given before, and what that left for the end of its turn. */
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
