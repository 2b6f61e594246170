// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Combines the results of the parts of one distribution into one future. Any thread. */
final class Gathering {
    private final CompletableFuture<Boolean> all = new CompletableFuture<>();
    /** How many parts are not done, plus one until {@link #close}, since parts may still be added. */
    private final AtomicInteger open = new AtomicInteger(1);

    private volatile boolean isAnybodyThere;
    private volatile @Nullable Throwable failure;

    /** Completes when all parts are done, with whether any of them had a receiver; exceptionally if a part has failed. */
    CompletableFuture<Boolean> all() {
        return all;
    }

    /** Notes that the message has a receiver. */
    void somebody() {
        isAnybodyThere = true;
    }

    /** Adds a part, whose result says whether it had a receiver. */
    void add(CompletionStage<Boolean> part) {
        open.incrementAndGet();
        part.whenComplete((some, why) -> {
            if (why != null) {
                failure = why;
            } else if (some) {
                isAnybodyThere = true;
            }
            closed();
        });
    }

    /** No further parts come. */
    void close() {
        closed();
    }

    private void closed() {
        if (open.decrementAndGet() > 0) {
            return;
        }
        Throwable why = failure;
        if (why == null) {
            all.complete(isAnybodyThere);
        } else {
            all.completeExceptionally(why instanceof CompletionException ? why : new CompletionException(why));
        }
    }
}
