// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.value.Rate;
import java.util.concurrent.atomic.AtomicLong;

/** Lets through what a {@link Rate} allows, for one counted thing. Any thread, without locks. A bucket that nobody uses costs nothing. */
public final class TokenBucket {
    private final Pace pace;
    private final AtomicLong paidUntil;

    /**
     * A full bucket.
     *
     * @param rate what it lets through; when it is off, everything
     * @param nowNanos as {@link System#nanoTime()}, like every other time here
     */
    public TokenBucket(Rate rate, long nowNanos) {
        pace = Pace.of(rate);
        paidUntil = new AtomicLong(nowNanos);
    }

    /** Takes tokens if there are that many. More than the burst counts as the burst, or they would never pass. */
    public boolean tryTake(long tokens, long nowNanos) {
        return pace.reserve(tokens, paidUntil, nowNanos, 0) == 0;
    }

    /**
     * Takes a token that is there, or will be within a time: whoever asks later waits longer.
     *
     * @return how many nanoseconds to wait for it, or -1 when that would be too long and none was taken
     */
    public long reserve(long nowNanos, long longestWaitNanos) {
        return pace.reserve(1, paidUntil, nowNanos, longestWaitNanos);
    }

    /** Takes tokens whether they are there or not: what has come cannot be sent back, but what follows can wait. */
    public void take(long tokens, long nowNanos) {
        pace.count(tokens, paidUntil, nowNanos);
    }

    /**
     * As {@link #take}, but the bucket is full again after this time at the latest: what a client has caused without knowing it does not
     * shut the client out for ever.
     */
    public void takeWithin(long tokens, long mostNanosToFill, long nowNanos) {
        pace.countWithin(tokens, mostNanosToFill, paidUntil, nowNanos);
    }

    /** How long until that many tokens are there, in nanoseconds; 0 when they are. */
    public long nanosUntil(long tokens, long nowNanos) {
        return pace.waitNanos(tokens, paidUntil.get(), nowNanos);
    }
}
