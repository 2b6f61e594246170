// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.time.Duration;

/** Durations as milliseconds. Lua's numbers hold integers below 2^53 exactly, so longer durations are cut. */
public final class Expiry {
    /** 100,000 years in milliseconds, below 2^52; longer durations count as this one. */
    private static final long LONGEST = 100_000L * 365 * 24 * 3600 * 1000;

    /** An expiry of so many ms or more means that the session does not expire: MQTT 5's 0xFFFFFFFF seconds. */
    public static final long NEVER_MILLIS = 4_294_967_295_000L;

    /** How much later than the sweep the TTL of a key removes it. Redis' clock may step, and no key of a present client may go. */
    public static final Duration MARGIN = Duration.ofDays(400);

    private Expiry() {}

    /** A duration in ms, at most 100,000 years. */
    public static long millis(Duration duration) {
        return duration.compareTo(Duration.ofMillis(LONGEST)) > 0 ? LONGEST : duration.toMillis();
    }

    /** The duration of so many ms. */
    public static Duration duration(long millis) {
        return Duration.ofMillis(millis);
    }
}
