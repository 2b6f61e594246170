// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.Revocation;
import dev.holdfast.store.RevocationStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Revocations inside one process. Safe from any thread; every stage is complete when the call returns. */
public final class MemoryRevocationStore implements RevocationStore {
    private final InstantSource clock;
    private final int most;

    // guarded by this
    private final Map<Revocation.Key, Entry> entries = new HashMap<>();
    private final TreeMap<Long, Entry> byVersion = new TreeMap<>();
    private final PriorityQueue<Entry> byEnd = new PriorityQueue<>();
    private long version;

    private record Entry(Change change, long version) implements Comparable<Entry> {
        Instant until() {
            return change.revocation().until();
        }

        @Override
        public int compareTo(Entry other) {
            return until().compareTo(other.until());
        }
    }

    /**
     * An empty store.
     *
     * @param most how many revocations it keeps, those taken back included until their end
     */
    public MemoryRevocationStore(InstantSource clock, int most) {
        this.clock = clock;
        this.most = most;
    }

    @Override
    public synchronized CompletionStage<Boolean> revoke(Revocation revocation) {
        forgetEnded();
        Entry before = entries.get(revocation.key());
        if (before == null && entries.size() >= most) {
            return CompletableFuture.completedFuture(false);
        }
        if (clock.instant().isBefore(revocation.until())) {
            put(new Change(wider(before, revocation), false));
        }
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public synchronized CompletionStage<Boolean> lift(Revocation.Key key) {
        forgetEnded();
        Entry before = entries.get(key);
        if (before == null || before.change().lifted()) {
            return CompletableFuture.completedFuture(false);
        }
        put(new Change(before.change().revocation(), true));
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public synchronized CompletionStage<Changes> changesSince(long since, int atMost) {
        forgetEnded();
        List<Change> changes = new ArrayList<>();
        long last = since > version ? 0 : since;
        for (Entry entry : byVersion.tailMap(last, false).values()) {
            if (changes.size() == atMost) {
                return CompletableFuture.completedFuture(new Changes(changes, last, false));
            }
            changes.add(entry.change());
            last = entry.version();
        }
        return CompletableFuture.completedFuture(new Changes(changes, last, true));
    }

    @Override
    public void close() {}

    private void put(Change change) {
        Entry entry = new Entry(change, ++version);
        remove(entries.put(change.revocation().key(), entry));
        byVersion.put(entry.version(), entry);
        byEnd.add(entry);
    }

    private void forgetEnded() {
        Instant now = clock.instant();
        for (Entry next = byEnd.peek(); next != null && !now.isBefore(next.until()); next = byEnd.peek()) {
            entries.remove(next.change().revocation().key());
            remove(next);
        }
    }

    private void remove(@Nullable Entry entry) {
        if (entry != null) {
            byVersion.remove(entry.version());
            byEnd.remove(entry);
        }
    }

    private static Revocation wider(@Nullable Entry before, Revocation now) {
        if (before == null || before.change().lifted()) {
            return now;
        }
        Revocation held = before.change().revocation();
        return new Revocation(now.key(), later(held.at(), now.at()), later(held.until(), now.until()));
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
