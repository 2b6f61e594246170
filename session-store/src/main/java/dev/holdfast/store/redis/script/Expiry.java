// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.time.Duration;

/** Durations as milliseconds that Lua's numbers hold exactly. */
public final class Expiry {
    /** Whatever is longer is never: 100,000 years in milliseconds, below 2^52. */
    private static final long LONGEST = 100_000L * 365 * 24 * 3600 * 1000;

    /** From here on an expiry is none: MQTT 5's 0xFFFFFFFF seconds. */
    public static final long NEVER_MILLIS = 4_294_967_295_000L;

    /** How far a TTL stands behind what sweeps and gateways do, since Redis' clock may step. */
    public static final Duration MARGIN = Duration.ofDays(400);

    private Expiry() {}

    public static long millis(Duration duration) {
        return duration.compareTo(Duration.ofMillis(LONGEST)) > 0 ? LONGEST : duration.toMillis();
    }

    public static Duration duration(long millis) {
        return Duration.ofMillis(millis);
    }
}
