// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What becomes of the parts of one distribution, in one answer. Any thread. */
final class Gathering {
    private final CompletableFuture<Boolean> all = new CompletableFuture<>();
    /** Parts, and one more for those that are still to be added. */
    private final AtomicInteger open = new AtomicInteger(1);

    private volatile boolean isAnybodyThere;
    private volatile @Nullable Throwable failure;

    /** Whether there was anybody for it, when all parts are done; exceptionally if one of them has failed. */
    CompletableFuture<Boolean> all() {
        return all;
    }

    /** There is somebody for it. */
    void somebody() {
        isAnybodyThere = true;
    }

    /** Adds a part, which says whether there was anybody for it. */
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
