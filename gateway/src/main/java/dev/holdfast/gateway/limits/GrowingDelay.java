// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long somebody waits who does the same again and again: nothing at the first time, then a while, then twice as long each
 * time, up to a bound. Forgotten after some time without it.
 *
 * <p>Safe on any thread. Remembers a bounded number of names; beyond it those are forgotten that have come seldom, and not lately.
 */
public final class GrowingDelay {
    private static final int MOST_NAMES = 10_000;

    private final long firstNanos;
    private final long longestNanos;
    private final long forgottenAfterNanos;
    private final Cache<String, Times> times = Caffeine.newBuilder()
            .maximumSize(MOST_NAMES)
            .executor(Runnable::run)
            .build();

    /** What was given at the last time, and when that was over. */
    private record Times(long delayNanos, long endsAtNanos) {}

    /**
     * Made for one kind of thing.
     *
     * @param first the delay at the second time; more than zero
     * @param longest no delay is longer
     * @param forgottenAfter how long after the end of a delay the next one is a first time again
     */
    public GrowingDelay(Duration first, Duration longest, Duration forgottenAfter) {
        this.firstNanos = first.toNanos();
        this.longestNanos = longest.toNanos();
        this.forgottenAfterNanos = forgottenAfter.toNanos();
    }

    /**
     * It has happened again.
     *
     * @param name who did it
     * @param nowNanos {@link System#nanoTime}
     */
    public Duration next(String name, long nowNanos) {
        Times now = times.asMap().compute(name, (key, before) -> after(before, nowNanos));
        return Duration.ofNanos(now.delayNanos);
    }

    private Times after(@Nullable Times before, long nowNanos) {
        long delay;
        if (before == null || nowNanos - before.endsAtNanos > forgottenAfterNanos) {
            delay = 0;
        } else {
            delay = Math.min(longestNanos, Math.max(firstNanos, 2 * before.delayNanos));
        }
        return new Times(delay, nowNanos + delay);
    }
}
