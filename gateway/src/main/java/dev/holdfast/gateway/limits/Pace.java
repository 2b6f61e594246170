// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A rate with a burst: one event per interval in the long run, so many at once after a pause (the generic cell rate
 * algorithm of ITU-T I.371). What is remembered is one number, the time at which all events so far are paid for.
 *
 * @param intervalNanos time that one event costs
 * @param burst how many events may come at once
 */
record Pace(long intervalNanos, int burst) {

    /** So many events per time, and as many at once. */
    static Pace of(int events, Duration per) {
        if (events < 1 || per.toNanos() < events) {
            throw new IllegalArgumentException("at least one event, and at least a nanosecond for each");
        }
        return new Pace(per.toNanos() / events, events);
    }

    /** As configured; the rate is not off. */
    static Pace of(Rate rate) {
        return new Pace(
                Math.max(1, rate.per().toNanos() / rate.amount()), (int) Math.min(rate.burst(), Integer.MAX_VALUE));
    }

    /** How long an event at this time would have to wait; 0 when it is within the rate. */
    long waitNanos(long paidUntil, long nowNanos) {
        long ahead = Math.max(0, paidUntil - nowNanos);
        return Math.max(0, ahead - intervalNanos * (burst - 1));
    }

    /** Counts one event, however many there were. */
    void count(AtomicLong paidUntil, long nowNanos) {
        long before;
        do {
            before = paidUntil.get();
        } while (!paidUntil.compareAndSet(before, paidAfter(before, nowNanos)));
    }

    /**
     * Counts one event if it has to wait no longer than this.
     *
     * @return how long it has to wait, or -1 when that would be too long and it was not counted
     */
    long reserve(AtomicLong paidUntil, long nowNanos, long longestWaitNanos) {
        while (true) {
            long before = paidUntil.get();
            long wait = waitNanos(before, nowNanos);
            if (wait > longestWaitNanos) {
                return -1;
            }
            if (paidUntil.compareAndSet(before, paidAfter(before, nowNanos))) {
                return wait;
            }
        }
    }

    private long paidAfter(long before, long nowNanos) {
        return (before - nowNanos > 0 ? before : nowNanos) + intervalNanos;
    }
}
