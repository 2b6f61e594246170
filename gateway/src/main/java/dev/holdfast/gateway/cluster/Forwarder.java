// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.cluster.entries.Assurance;
import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.PublicationsWriter;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Passes messages of one I/O thread on to other gateways. The messages of one turn of the thread leave as one note for each
 * gateway; the future of a message completes with that of its note. Used on that thread only.
 */
final class Forwarder {
    private static final int MOST_BYTES = 64 * 1024;
    private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

    private final SessionThread thread;
    private final Function<String, Outbox> outboxes;
    private final Metrics metrics;
    private final Map<String, Turn> turns = new HashMap<>();
    private final Runnable leave = this::leave;

    /** The messages of this turn for one gateway. */
    private static final class Turn {
        final PublicationsWriter publications = new PublicationsWriter();

        @Nullable
        CompletableFuture<@Nullable Void> stored;

        int unacknowledged;

        CompletableFuture<@Nullable Void> stored() {
            CompletableFuture<@Nullable Void> known = stored;
            if (known == null) {
                known = new CompletableFuture<>();
                stored = known;
            }
            return known;
        }
    }

    Forwarder(SessionThread thread, Function<String, Outbox> outboxes, Metrics metrics) {
        this.thread = thread;
        this.outboxes = outboxes;
        this.metrics = metrics;
    }

    /**
     * Passes a message on to one gateway.
     *
     * @return done, on this thread, when the message is in the other gateway's inbox or on the wire to it; at QoS 0 at once
     */
    CompletableFuture<@Nullable Void> forward(String gateway, Message message, @Nullable String publisher) {
        if (message.qos() == 0 && outboxes.apply(gateway).isBehind()) {
            metrics.dropped(Dropped.STORE);
            return DONE;
        }
        if (turns.isEmpty()) {
            thread.atTurnEnd(leave);
        }
        Turn turn = turns.computeIfAbsent(gateway, name -> new Turn());
        turn.publications.add(message, publisher);
        CompletableFuture<@Nullable Void> stored = DONE;
        if (message.qos() == 0) {
            turn.unacknowledged++;
        } else {
            stored = turn.stored();
        }
        if (turn.publications.size() > MOST_BYTES) {
            turns.remove(gateway);
            send(gateway, turn);
        }
        return stored;
    }

    private void leave() {
        turns.forEach(this::send);
        turns.clear();
    }

    private void send(String gateway, Turn turn) {
        int count = turn.publications.count();
        Assurance wanted = turn.stored == null ? Assurance.NONE : Assurance.SENT;
        outboxes.apply(gateway).deliver(turn.publications.note(), count, wanted).whenComplete((nothing, failure) -> {
            CompletableFuture<@Nullable Void> stored = turn.stored;
            if (failure != null && turn.unacknowledged > 0) {
                metrics.dropped(Dropped.STORE, turn.unacknowledged);
            }
            if (stored != null) {
                thread.execute(() -> {
                    if (failure == null) {
                        stored.complete(null);
                    } else {
                        stored.completeExceptionally(failure);
                    }
                });
            }
        });
    }
}
