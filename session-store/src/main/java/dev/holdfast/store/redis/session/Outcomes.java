// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.lane.EnqueueCall;
import dev.holdfast.store.session.Enqueued;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Collects the outcomes of one message for all its targets, in order; fails if any outcome is unknown. Any thread. */
final class Outcomes {
    private final AtomicReferenceArray<Enqueued> outcomes;
    private final AtomicInteger missing;
    private final CompletableFuture<List<Enqueued>> all = new CompletableFuture<>();

    Outcomes(int count) {
        outcomes = new AtomicReferenceArray<>(count);
        missing = new AtomicInteger(count);
        if (count == 0) {
            all.complete(List.of());
        }
    }

    /** The callback for the target at an index. */
    EnqueueCall.Callback at(int index) {
        return (outcome, failure) -> {
            if (outcome == null) {
                all.completeExceptionally(failure == null ? new IllegalStateException("no outcome") : failure);
                return;
            }
            outcomes.set(index, outcome);
            if (missing.decrementAndGet() == 0) {
                Enqueued[] list = new Enqueued[outcomes.length()];
                for (int i = 0; i < list.length; i++) {
                    list[i] = outcomes.get(i);
                }
                all.complete(Arrays.asList(list));
            }
        };
    }

    CompletableFuture<List<Enqueued>> all() {
        return all;
    }
}
