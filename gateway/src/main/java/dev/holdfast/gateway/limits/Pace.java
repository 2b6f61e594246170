// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A rate with a burst (the generic cell rate algorithm of ITU-T I.371): one event per interval in the long run, and a number of events at
 * once after a pause. The state of one counted thing is a single number, the time until which its events are paid for. It is kept by the
 * caller, in the nanoseconds of {@link System#nanoTime}. Any thread, without locks.
 *
 * @param nanosPerEvent the time that one event costs; 0 when everything is let through
 * @param burst how many events may come at once
 */
record Pace(double nanosPerEvent, long burst) {

    /** A number of events per time, and as many at once. */
    static Pace of(int events, Duration per) {
        if (events < 1 || per.toNanos() < events) {
            throw new IllegalArgumentException("at least one event, and at least a nanosecond for each");
        }
        return new Pace((double) per.toNanos() / events, events);
    }

    /** The pace of a rate of the configuration; when the rate is off, everything is let through. */
    static Pace of(Rate rate) {
        return rate.isOff()
                ? new Pace(0, Long.MAX_VALUE)
                : new Pace((double) rate.per().toNanos() / rate.amount(), rate.burst());
    }

    /** How long an event at this time has to wait; 0 when it is within the rate. */
    long waitNanos(long paidUntil, long nowNanos) {
        return waitNanos(1, paidUntil, nowNanos);
    }

    /** How long this many events at this time have to wait; more events than the burst count as the burst. */
    long waitNanos(long events, long paidUntil, long nowNanos) {
        return Math.max(0, paidAfter(Math.min(events, burst), paidUntil, nowNanos) - nowNanos - nanosFor(burst));
    }

    /** Counts events, however many there were before. */
    void count(long events, AtomicLong paidUntil, long nowNanos) {
        paidUntil.updateAndGet(before -> paidAfter(events, before, nowNanos));
    }

    /** Counts events, and lets no more than this time be paid for ahead of now, unless it was before. */
    void countWithin(long events, long mostNanosAhead, AtomicLong paidUntil, long nowNanos) {
        paidUntil.updateAndGet(before -> {
            long after = paidAfter(events, before, nowNanos);
            long latest = laterOf(before, nowNanos + mostNanosAhead);
            return after - latest > 0 ? latest : after;
        });
    }

    /**
     * Counts events if they have to wait no longer than this. More events than the burst count as the burst, or they would never pass.
     *
     * @return how long they have to wait, in nanoseconds, or -1 when that would be too long and they were not counted
     */
    long reserve(long events, AtomicLong paidUntil, long nowNanos, long longestWaitNanos) {
        while (true) {
            long before = paidUntil.get();
            long wait = waitNanos(events, before, nowNanos);
            if (wait > longestWaitNanos) {
                return -1;
            }
            if (paidUntil.compareAndSet(before, paidAfter(Math.min(events, burst), before, nowNanos))) {
                return wait;
            }
        }
    }

    private long paidAfter(long events, long before, long nowNanos) {
        return laterOf(before, nowNanos) + nanosFor(events);
    }

    private long nanosFor(long events) {
        return (long) Math.ceil(events * nanosPerEvent);
    }

    /** By difference: nanoTime has no origin and may overflow. */
    private static long laterOf(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
