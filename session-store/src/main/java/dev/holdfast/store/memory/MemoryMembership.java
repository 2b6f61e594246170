// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.holdfast.store.Membership;
import dev.holdfast.store.Reaped;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The gateways of one process: alive until they leave, and their sessions die with them. Any thread. */
public final class MemoryMembership implements Membership {
    private final Set<String> living = ConcurrentHashMap.newKeySet();
    private final Set<String> dead = ConcurrentHashMap.newKeySet();

    @Override
    public CompletionStage<Boolean> join(String gateway) {
        return completedFuture(!dead.contains(gateway) && (living.add(gateway) || living.contains(gateway)));
    }

    @Override
    public CompletionStage<Renewal> renew(String gateway) {
        return completedFuture(living.contains(gateway) ? Renewal.RENEWED : Renewal.BURIED);
    }

    @Override
    public CompletionStage<Void> leave(String gateway) {
        dead.add(gateway);
        living.remove(gateway);
        return completedFuture(null);
    }

    @Override
    public CompletionStage<Set<String>> living() {
        return completedFuture(Set.copyOf(living));
    }

    @Override
    public CompletionStage<Integer> reap(int atMost, Consumer<Reaped> each) {
        return completedFuture(0);
    }
}
