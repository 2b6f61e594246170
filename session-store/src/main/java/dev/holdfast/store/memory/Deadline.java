// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import java.time.Duration;

/** Points in time as milliseconds since the epoch, where one that is too far away is {@link #NEVER}. */
final class Deadline {
    static final long NEVER = Long.MAX_VALUE;

    private Deadline() {}

    /** The time that is so long after another; never overflows, and a negative duration counts as zero. */
    static long after(long nowMillis, Duration duration) {
        if (duration.isNegative()) {
            return nowMillis;
        }
        if (duration.toSeconds() >= (NEVER - nowMillis) / 1_000) {
            return NEVER;
        }
        return nowMillis + duration.toMillis();
    }
}
