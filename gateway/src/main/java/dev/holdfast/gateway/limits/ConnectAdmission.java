// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets CONNECTs in at a steady rate: a burst at once, the rest in the order of their coming, each told how long to
 * wait, and beyond the longest wait none. The queue is a reserved place in time, so it holds no connection, needs no
 * thread and costs the same however long it is. A client that leaves while it waits leaves its place empty.
 *
 * <p>Safe on any thread, lock-free.
 */
public final class ConnectAdmission {
    /** What {@link #admit} says when there is no place: Connection rate exceeded in MQTT 5, return code 3 in MQTT 3.1.1. */
    public static final long REFUSED = -1;

    private final Pace pace;
    private final long longestWaitNanos;
    private final AtomicLong paidUntil;

    /**
     * Made for a rate.
     *
     * @param perSecond CONNECTs per second in the long run; as many may come at once
     * @param longestWait how long a CONNECT may wait, at most the time a client has to wait for CONNACK anyway
     * @param nowNanos {@link System#nanoTime}
     */
    public ConnectAdmission(int perSecond, Duration longestWait, long nowNanos) {
        this.pace = Pace.of(perSecond, Duration.ofSeconds(1));
        this.longestWaitNanos = longestWait.toNanos();
        this.paidUntil = new AtomicLong(nowNanos);
    }

    /**
     * Made for a rate with a burst of its own.
     *
     * @param rate not off
     * @param longestWait how long a CONNECT may wait
     * @param nowNanos {@link System#nanoTime}
     */
    public ConnectAdmission(Rate rate, Duration longestWait, long nowNanos) {
        this.pace = Pace.of(rate);
        this.longestWaitNanos = longestWait.toNanos();
        this.paidUntil = new AtomicLong(nowNanos);
    }

    /**
     * Asks for a place.
     *
     * @return 0 to go on now, how many nanoseconds to wait before going on, or {@link #REFUSED}
     */
    public long admit(long nowNanos) {
        return pace.reserve(1, paidUntil, nowNanos, longestWaitNanos);
    }
}
