// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.log;

import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The logs of wide filters that sessions at this gateway read. Any thread, unless a method says otherwise. */
public final class Logs {
    /** A log is kept again several times while the store keeps it beyond what it was asked for. */
    private static final int PARTS_OF_REST = 4;

    private final LogStore store;
    private final WideFilters wide;
    private final HeldMemory memory;
    /** After so long a log is kept again. */
    private final Duration keptAgain;

    private final List<Map<String, LogTail>> tails;
    /** When each log was last kept, and for how long. */
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    private record Kept(Duration expiry, long sinceNanos) {}

    /**
     * No log is read yet.
     *
     * @param wide which filters have a log
     * @param rest for how much longer than it is asked for the store keeps a log
     * @param threads how many I/O threads there are
     */
    public Logs(LogStore store, WideFilters wide, Duration rest, HeldMemory memory, int threads) {
        this.keptAgain = rest.dividedBy(PARTS_OF_REST);
        this.store = store;
        this.wide = wide;
        this.memory = memory;
        this.tails = Stream.<Map<String, LogTail>>generate(ConcurrentHashMap::new)
                .limit(threads)
                .toList();
    }

    /** Whether a subscription with this filter that is made now is to read the log of the filter. */
    public boolean isWide(String filter) {
        return wide.isWide(filter);
    }

    /**
     * Has a log ready for a subscription that begins now. Whoever publishes through any gateway appends to it once
     * {@code Routes.settled} is done.
     *
     * @param expiry for how long the session outlives its connection
     * @return where the log stands: what is published later has a higher index
     */
    public CompletableFuture<LogEnds> begin(String filter, Duration expiry) {
        return store.keep(filter, expiry)
                .thenApply(ends -> {
                    long now = System.nanoTime();
                    kept.values().removeIf(each -> now - each.sinceNanos() > keptAgain.toNanos());
                    kept.put(filter, new Kept(expiry, now));
                    wide.hasLog(filter, ends.begun());
                    return ends;
                })
                .toCompletableFuture();
    }

    /** The store may have lost logs: those that are read here are kept again. */
    public void doubted() {
        kept.clear();
        wide.doubted();
    }

    /** Has a log kept for a session that reads it, if it is not known to be kept for long enough. */
    public void keep(String filter, Duration expiry) {
        Kept known = kept.get(filter);
        long now = System.nanoTime();
        if (known != null && known.expiry().compareTo(expiry) >= 0 && now - known.sinceNanos() < keptAgain.toNanos()) {
            return;
        }
        begin(filter, expiry).whenComplete((ends, failure) -> {
            if (failure != null) {
                kept.remove(filter); // tried again at the next occasion
            }
        });
    }

    /** The index above the highest one that a log has given; 0 if there is no such log. */
    public CompletableFuture<Long> end(String filter) {
        return store.read(filter, Long.MAX_VALUE, 1, 1)
                .thenApply(page -> page == null ? 0L : page.ends().next())
                .toCompletableFuture();
    }

    /** The log as the sessions of this thread read it; {@link #leave} gives it back. On the given thread. */
    public LogTail tail(SessionThread thread, String filter, LogFollower follower) {
        LogTail tail =
                tails.get(thread.index()).computeIfAbsent(filter, name -> new LogTail(name, store, memory, thread));
        tail.follow(follower);
        return tail;
    }

    /** A session does not read a log any more. On the given thread. */
    public void leave(SessionThread thread, LogTail tail, LogFollower follower) {
        if (tail.leave(follower)) {
            tails.get(thread.index()).remove(tail.filter(), tail);
        }
    }

    /** A message has been appended at this gateway: the sessions that read the log are told. */
    public void appended(String filter, LogEntry entry, List<? extends SessionThread> threads) {
        for (int i = 0; i < tails.size(); i++) {
            LogTail tail = tails.get(i).get(filter);
            if (tail != null) {
                threads.get(i).execute(() -> tail.appended(entry));
            }
        }
    }

    /** Another gateway has appended a message with this index: the sessions that read the log look for it. */
    public void heard(String filter, long index, List<? extends SessionThread> threads) {
        for (int i = 0; i < tails.size(); i++) {
            LogTail tail = tails.get(i).get(filter);
            if (tail != null) {
                threads.get(i).execute(() -> tail.heard(index));
            }
        }
    }

    /** Looks into all logs that are read here, though nobody has told that there is more. On the given thread. */
    public void look(SessionThread thread) {
        tails.get(thread.index()).values().forEach(LogTail::look);
    }
}
