// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.TicketKey;
import dev.holdfast.store.TicketKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Keys of TLS tickets inside one process. Safe from any thread; every stage is complete when the call returns. */
public final class MemoryTicketKeyStore implements TicketKeyStore {
    private final InstantSource clock;
    private final Life life;

    // guarded by this
    private final ArrayDeque<Made> newestFirst = new ArrayDeque<>();

    private record Made(byte[] bytes, Instant at) {}

    /** A store without keys. */
    public MemoryTicketKeyStore(InstantSource clock, Life life) {
        this.clock = clock;
        this.life = life;
    }

    @Override
    public synchronized CompletionStage<List<TicketKey>> keys(byte[] fresh) {
        Instant now = clock.instant();
        newestFirst.removeIf(key -> age(key, now).compareTo(life.keptFor()) >= 0);
        Made newest = newestFirst.peek();
        if (newest == null || age(newest, now).compareTo(life.renewedAfter()) >= 0) {
            newestFirst.push(new Made(fresh.clone(), now));
        }
        return CompletableFuture.completedFuture(newestFirst.stream()
                .map(key -> new TicketKey(key.bytes().clone(), age(key, now)))
                .toList());
    }

    @Override
    public synchronized void close() {
        newestFirst.clear();
    }

    private static Duration age(Made key, Instant now) {
        return Duration.between(key.at(), now);
    }
}
