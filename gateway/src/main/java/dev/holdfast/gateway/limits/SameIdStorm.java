// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Slows down two connections that keep taking one client identifier from each other, as two tabs do that reconnect at
 * once. A few takeovers are free (a phone that changes its network); after them one per interval is let through, and
 * the newcomer waits, up to a bound. The one that holds the identifier meanwhile works undisturbed.
 *
 * <p>Safe on any thread. Remembers a bounded number of identifiers.
 */
public final class SameIdStorm {
    private static final int MAX_IDS = 100_000;

    private final Pace pace;
    private final long longestWaitNanos;
    private final Cache<String, AtomicLong> paidUntil =
            Caffeine.newBuilder().maximumSize(MAX_IDS).executor(Runnable::run).build();

    /**
     * Made for a rate.
     *
     * @param freeTakeovers how many may come at once, for example 3
     * @param interval how often one may come after them, for example 5 s
     * @param longestWait a newcomer that would wait longer is turned away instead
     */
    public SameIdStorm(int freeTakeovers, Duration interval, Duration longestWait) {
        if (freeTakeovers < 1) {
            throw new IllegalArgumentException("at least one takeover must be free");
        }
        this.pace = new Pace(interval.toNanos(), freeTakeovers);
        this.longestWaitNanos = longestWait.toNanos();
    }

    /**
     * As configured.
     *
     * @param rate how often one client identifier may be taken over; not off
     * @param longestWait a newcomer that would wait longer is turned away instead
     */
    public SameIdStorm(Rate rate, Duration longestWait) {
        this.pace = Pace.of(rate);
        this.longestWaitNanos = longestWait.toNanos();
    }

    /**
     * Asks whether a newcomer may take a client identifier from a live connection of the same principal.
     *
     * @param clientId the identifier, or a key made of it and its owner
     * @return 0 to take over now, how many nanoseconds to wait before that, or -1 to turn the newcomer away
     */
    public long takeover(String clientId, long nowNanos) {
        return pace.reserve(1, paid(clientId, nowNanos), nowNanos, longestWaitNanos);
    }

    /**
     * Asks the same of a newcomer of which it is not known yet whether it takes the identifier from anybody: the live
     * connection may be another gateway's. It waits for what {@link #displaced} has counted, and counts nothing itself.
     *
     * @return as {@link #takeover}
     */
    public long entry(String clientId, long nowNanos) {
        AtomicLong paid = paidUntil.getIfPresent(clientId);
        long wait = paid == null ? 0 : pace.waitNanos(paid.get(), nowNanos);
        return wait > longestWaitNanos ? -1 : wait;
    }

    /** Counts a takeover from another gateway, which has happened. */
    public void displaced(String clientId, long nowNanos) {
        pace.count(1, paid(clientId, nowNanos), nowNanos);
    }

    /** How many identifiers are remembered. */
    long remembered() {
        paidUntil.cleanUp();
        return paidUntil.estimatedSize();
    }

    private AtomicLong paid(String clientId, long nowNanos) {
        return paidUntil.get(clientId, key -> new AtomicLong(nowNanos));
    }
}
