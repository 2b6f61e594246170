// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Loads all scripts into every master; those who ask while it is under way share its outcome. Any thread. */
final class Scripts {
    private final Function<String, CompletableFuture<String>> loader;
    private final AtomicReference<@Nullable CompletableFuture<Void>> underWay = new AtomicReference<>();

    Scripts(Function<String, CompletableFuture<String>> loader) {
        this.loader = loader;
    }

    CompletableFuture<Void> load() {
        CompletableFuture<Void> ours = new CompletableFuture<>();
        CompletableFuture<Void> theirs = underWay.compareAndExchange(null, ours);
        if (theirs != null) {
            return theirs;
        }
        List<CompletableFuture<String>> all = new ArrayList<>();
        for (Script script : Script.values()) {
            all.add(loader.apply(script.text()));
        }
        CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).whenComplete((nothing, failure) -> {
            underWay.set(null);
            if (failure == null) {
                ours.complete(null);
            } else {
                ours.completeExceptionally(failure);
            }
        });
        return ours;
    }
}
