// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How often the log is told of what clients, or others outside, can bring about at will: once in each period, with the number of
 * times that were left out before. Any thread, no lock.
 */
public final class TellingPace {
    private static final long NOT_NOW = -1;

    private final long periodNanos;
    private final AtomicLong toldAt;
    private final AtomicLong leftOut = new AtomicLong();

    /**
     * Nothing has been told.
     *
     * @param nowNanos {@link System#nanoTime}
     */
    public TellingPace(Duration period, long nowNanos) {
        periodNanos = period.toNanos();
        toldAt = new AtomicLong(nowNanos - periodNanos);
    }

    /**
     * It has happened.
     *
     * @param nowNanos {@link System#nanoTime}
     * @return how often it has happened since it was told of, if it is to be told of now; else a negative number
     */
    public long happened(long nowNanos) {
        long before = toldAt.get();
        if (nowNanos - before < periodNanos || !toldAt.compareAndSet(before, nowNanos)) {
            leftOut.incrementAndGet();
            return NOT_NOW;
        }
        return leftOut.getAndSet(0);
    }
}
