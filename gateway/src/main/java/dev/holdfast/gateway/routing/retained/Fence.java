// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.connection.SessionThread;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the retained messages that are on their way: those that have been published, here or at another gateway, and
 * that a session or the store does not have yet. Any thread.
 */
final class Fence {
    private static final CompletableFuture<@Nullable Void> PASSED = CompletableFuture.completedFuture(null);

    private final List<? extends SessionThread> threads;
    private final Neighbours neighbours;
    private final Supplier<CompletableFuture<?>> underWay;

    /**
     * A fence across all I/O threads and gateways.
     *
     * @param underWay done when every retained message that is being kept or distributed here now has been
     */
    Fence(List<? extends SessionThread> threads, Neighbours neighbours, Supplier<CompletableFuture<?>> underWay) {
        this.threads = threads;
        this.neighbours = neighbours;
        this.underWay = underWay;
    }

    /**
     * Done when every retained message that was published anywhere before this call is in the store, and has come to the
     * sessions of a thread that are to have it, or when the wait for another gateway has been given up.
     *
     * @param here the thread of these sessions, and of the caller
     */
    CompletableFuture<?> passed(SessionThread here) {
        CompletableFuture<?> elsewhere = neighbours.answered();
        if (threads.size() == 1 && elsewhere.isDone()) {
            return underWay.get();
        }
        return elsewhere
                .handle((nothing, failure) -> across(here))
                .thenCompose(crossed -> crossed)
                .thenCompose(nothing -> underWay.get());
    }

    /** Done when everything that other threads had handed over to this thread before has arrived. */
    private CompletableFuture<@Nullable Void> across(SessionThread here) {
        return each(thread -> here::execute);
    }

    /** Done when what has been published here before is in the store, and on its way to all who are to have it. */
    CompletableFuture<?> left() {
        // What a turn forwards leaves at its end.
        return each(thread -> thread::atTurnEnd).thenCompose(nothing -> underWay.get());
    }

    private interface Step {
        void then(Runnable task);
    }

    private interface Way {
        Step from(SessionThread thread);
    }

    /** Has each thread take a step, and is done when all have. */
    private CompletableFuture<@Nullable Void> each(Way way) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        AtomicInteger left = new AtomicInteger(threads.size());
        for (SessionThread thread : threads) {
            thread.execute(() -> way.from(thread).then(() -> {
                if (left.decrementAndGet() == 0) {
                    done.complete(null);
                }
            }));
        }
        return threads.isEmpty() ? PASSED : done;
    }
}
