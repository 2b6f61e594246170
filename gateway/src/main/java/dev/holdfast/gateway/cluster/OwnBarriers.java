// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.session.SessionThread;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Barriers in the own inbox: what stands before one has been read when it is. All of it on the thread of the routes. */
final class OwnBarriers {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Lease lease;
    private final Function<String, Outbox> outboxes;
    private final SessionThread thread;
    private final Map<Long, CompletableFuture<@Nullable Void>> unread = new HashMap<>();
    private long last;

    OwnBarriers(Lease lease, Function<String, Outbox> outboxes, SessionThread thread) {
        this.lease = lease;
        this.outboxes = outboxes;
        this.thread = thread;
    }

    /** Sets one; the future completes when it has been read, or the wait is given up. */
    void set(CompletableFuture<@Nullable Void> done) {
        long number = ++last;
        unread.put(number, done);
        outboxes.apply(lease.id()).send(NoteCodec.encode(new Note.Barrier(lease.id(), number)));
        done.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((nothing, failure) -> thread.execute(() -> unread.remove(number)));
    }

    /** One has been read. */
    void read(long number) {
        CompletableFuture<@Nullable Void> caughtUp = unread.remove(number);
        if (caughtUp != null) {
            caughtUp.complete(null);
        }
    }
}
