// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.member;

import dev.holdfast.gateway.cluster.entries.Outbox;
import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.cluster.notes.NoteCodec;
import dev.holdfast.gateway.session.connection.SessionThread;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Barriers that this gateway writes into its own inbox: when it reads one, it has read everything that was in the inbox before it. On the
 * thread of the routes.
 */
public final class OwnBarriers {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Lease lease;
    private final Function<String, Outbox> outboxes;
    private final SessionThread thread;
    private final Map<Long, CompletableFuture<@Nullable Void>> unread = new HashMap<>();
    private long last;

    /** Barriers in the inbox of the gateway that holds this lease. */
    public OwnBarriers(Lease lease, Function<String, Outbox> outboxes, SessionThread thread) {
        this.lease = lease;
        this.outboxes = outboxes;
        this.thread = thread;
    }

    /** Writes a barrier. The future completes when the barrier has been read or after four seconds. */
    public void set(CompletableFuture<@Nullable Void> done) {
        long number = ++last;
        unread.put(number, done);
        outboxes.apply(lease.id()).send(NoteCodec.encode(new Note.Barrier(lease.id(), number)));
        done.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((nothing, failure) -> thread.execute(() -> unread.remove(number)));
    }

    /** A barrier has been read. */
    public void read(long number) {
        CompletableFuture<@Nullable Void> caughtUp = unread.remove(number);
        if (caughtUp != null) {
            caughtUp.complete(null);
        }
    }
}
