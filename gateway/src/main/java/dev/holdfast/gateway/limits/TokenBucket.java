// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.value.Rate;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets through what a {@link Rate} allows. Any thread, without locks.
 *
 * <p>Kept as one number, the time at which the bucket would be full again (the generic cell rate algorithm): nothing
 * has to be refilled, and a bucket that nobody uses costs nothing.
 */
public final class TokenBucket {
    private final double nanosPerToken;
    private final long burst;
    private final long nanosToFill;
    private final AtomicLong fullAt;

    /**
     * A full bucket.
     *
     * @param rate what it lets through; when it is off, everything
     * @param nowNanos as {@link System#nanoTime()}, like every other time here
     */
    public TokenBucket(Rate rate, long nowNanos) {
        nanosPerToken = rate.isOff() ? 0 : (double) rate.per().toNanos() / rate.amount();
        burst = rate.isOff() ? Long.MAX_VALUE : rate.burst();
        nanosToFill = rate.isOff() ? 0 : nanosFor(burst);
        fullAt = new AtomicLong(nowNanos);
    }

    /** Takes tokens if there are that many. More than the burst counts as the burst, or they would never pass. */
    public boolean tryTake(long tokens, long nowNanos) {
        while (true) {
            long before = fullAt.get();
            long after = laterOf(before, nowNanos) + nanosFor(Math.min(tokens, burst));
            if (after - nowNanos > nanosToFill) {
                return false;
            } else if (fullAt.compareAndSet(before, after)) {
                return true;
            }
        }
    }

    /**
     * Takes a token that is there, or will be within a time: whoever asks later waits longer.
     *
     * @return how many nanoseconds to wait for it, or -1 when that would be too long and none was taken
     */
    public long reserve(long nowNanos, long longestWaitNanos) {
        while (true) {
            long before = fullAt.get();
            long after = laterOf(before, nowNanos) + nanosFor(1);
            long wait = Math.max(0, after - nowNanos - nanosToFill);
            if (wait > longestWaitNanos) {
                return -1;
            } else if (fullAt.compareAndSet(before, after)) {
                return wait;
            }
        }
    }

    /** Takes tokens whether they are there or not: what has come cannot be sent back, but what follows can wait. */
    public void take(long tokens, long nowNanos) {
        fullAt.updateAndGet(before -> laterOf(before, nowNanos) + nanosFor(tokens));
    }

    /**
     * As {@link #take}, but whatever has been taken, the bucket is full again after so long: what a client has caused without
     * knowing it does not shut it out for ever.
     */
    public void takeWithin(long tokens, long mostNanosToFill, long nowNanos) {
        fullAt.updateAndGet(before -> {
            long after = laterOf(before, nowNanos) + nanosFor(tokens);
            long latest = laterOf(before, nowNanos + mostNanosToFill);
            return after - latest > 0 ? latest : after;
        });
    }

    /** How long until that many tokens are there, in nanoseconds; 0 when they are. */
    public long nanosUntil(long tokens, long nowNanos) {
        long after = laterOf(fullAt.get(), nowNanos) + nanosFor(Math.min(tokens, burst));
        return Math.max(0, after - nowNanos - nanosToFill);
    }

    private long nanosFor(long tokens) {
        return (long) Math.ceil(tokens * nanosPerToken);
    }

    /** By difference: nanoTime has no origin and may overflow. */
    private static long laterOf(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
