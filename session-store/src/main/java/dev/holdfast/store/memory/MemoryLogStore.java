// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogPage;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All logs inside this process. Safe for any number of threads; every stage is complete when its method returns. An operation
 * holds the monitor of its one log for the steps of that operation, with no I/O and no foreign code inside.
 */
public final class MemoryLogStore implements LogStore {
    /** Far more than any expiry, and far from overflowing a sum of ms. */
    private static final Duration LONGEST = Duration.ofDays(100_000L * 365);

    private final Map<String, MemoryLog> logs = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final LogLimits limits;
    private final HeldMemory memory;
    private volatile boolean closed;

    /** A store without logs, which charges what it keeps. */
    public MemoryLogStore(InstantSource clock, LogLimits limits, HeldMemory memory) {
        this.clock = clock;
        this.limits = limits;
        this.memory = memory;
    }

    @Override
    public CompletionStage<LogEnds> keep(String filter, Duration atLeast) {
        if (closed) {
            return refused();
        }
        Duration kept = atLeast.compareTo(LONGEST) > 0 ? LONGEST : atLeast.plus(limits.rest());
        while (true) {
            long now = clock.millis();
            // As in other stores, an index tells when its log began.
            MemoryLog log = logs.computeIfAbsent(filter, name -> new MemoryLog(name, now * 1_000, memory));
            synchronized (log) {
                if (!log.hasEnded()) {
                    log.keepUntil(now + kept.toMillis());
                    return completedFuture(log.ends());
                }
            }
        }
    }

    @Override
    public CompletionStage<Appended> append(
            String filter, Message message, @Nullable String publisher, boolean mayRepeat) {
        if (closed) {
            return refused();
        }
        MemoryLog log = logs.get(filter);
        if (log == null) {
            return completedFuture(Appended.NOWHERE);
        }
        synchronized (log) {
            return completedFuture(
                    log.hasEnded()
                            ? Appended.NOWHERE
                            : log.append(message, publisher, mayRepeat, limits, clock.millis()));
        }
    }

    @Override
    public CompletionStage<@Nullable LogPage> read(String filter, long from, int maxMessages, int maxBytes) {
        if (closed) {
            return refused();
        }
        MemoryLog log = logs.get(filter);
        if (log == null) {
            return completedFuture(null);
        }
        int most = Math.max(1, Math.min(maxMessages, SessionStore.MOST_MESSAGES_A_READ));
        synchronized (log) {
            return completedFuture(log.hasEnded() ? null : log.read(from, most, maxBytes));
        }
    }

    /** All of them in one page: they are here anyway. */
    @Override
    public CompletionStage<Names> names(String cursor, int about) {
        return closed ? refused() : completedFuture(new Names(List.copyOf(logs.keySet()), null));
    }

    @Override
    public CompletionStage<List<String>> sweep(int atMost) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        List<String> ended = new ArrayList<>();
        logs.forEach((filter, log) -> {
            synchronized (log) {
                if (ended.size() < atMost && !log.hasEnded() && log.isOver(now)) {
                    log.end();
                    logs.remove(filter, log);
                    ended.add(filter);
                }
            }
        });
        return completedFuture(ended);
    }

    @Override
    public void close() {
        closed = true;
        for (MemoryLog log : logs.values()) {
            synchronized (log) {
                if (!log.hasEnded()) {
                    log.end();
                }
            }
        }
        logs.clear();
    }

    private static <T> CompletionStage<T> refused() {
        return failedFuture(new IllegalStateException("the log store is closed"));
    }
}
