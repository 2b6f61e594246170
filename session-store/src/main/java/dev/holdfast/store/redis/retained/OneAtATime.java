// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.retained;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task one at a time. All callers that ask during a run share one more run, which begins after the present one. Any thread.
 */
final class OneAtATime {
    private final Supplier<CompletableFuture<Void>> work;

    // guarded by this
    private @Nullable CompletableFuture<Void> running;
    private @Nullable CompletableFuture<Void> next;

    OneAtATime(Supplier<CompletableFuture<Void>> work) {
        this.work = work;
    }

    /** Completes with a run that begins after this call. */
    synchronized CompletableFuture<Void> run() {
        if (running == null) {
            return start();
        }
        if (next == null) {
            next = new CompletableFuture<>();
        }
        return next;
    }

    private synchronized CompletableFuture<Void> start() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        running = done;
        work.get().whenComplete((nothing, failure) -> {
            synchronized (this) {
                CompletableFuture<Void> waiting = next;
                running = null;
                next = null;
                if (waiting != null) {
                    start().whenComplete((also, later) -> complete(waiting, later));
                }
            }
            complete(done, failure);
        });
        return done;
    }

    private static void complete(CompletableFuture<Void> future, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(failure);
        }
    }
}
