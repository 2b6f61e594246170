// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The term of this gateway: a number that is greater after every moment at which Redis may have lost writes than it was
 * before. Seqs of a session that may be missing in Redis go on in the seqs of a later term (seqs.lua), so that none is
 * given twice. Any thread.
 *
 * <p>It is made of the time, of what this gateway knows and of what it has heard from others and found in Redis
 * ({@link Lineage}): it grows though all gateways are new, and though a clock is wrong. Gateways that meet the same loss at
 * different seconds begin different terms, and agree on the higher one; that costs a leap of the seqs, no message.
 */
public final class Terms {
    private static final long BEGIN_MILLIS =
            Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    /** How many terms could begin in a second; seqs.lua has so many seqs for each that no session gets more in that time. */
    private static final long TERMS_A_SECOND = 16;
    /**
     * How far terms are apart at the least. Their seqs begin within 65,535 of where they would without the packet identifiers in
     * mind, so those of terms that are near each other would mix.
     */
    static final long STEP = 8;
    /**
     * So long after a loss a term begins at the earliest: then it is a step behind any that somebody else had begun before the
     * loss. And no term is ahead of its clock.
     */
    public static final Duration APART = Duration.ofMillis(1_000 * STEP / TERMS_A_SECOND);

    private final LongSupplier wallMillis;
    private final AtomicLong current = new AtomicLong();
    private volatile long own;

    /** Term 0, in which nothing is doubted. */
    public Terms(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    /** What may be missing in Redis is doubted from here on. */
    public void begin() {
        long now = (wallMillis.getAsLong() - BEGIN_MILLIS) * TERMS_A_SECOND / 1_000;
        own = current.updateAndGet(before -> Math.max(before + STEP, now));
    }

    /** Another gateway has begun a term. */
    public void heard(long term) {
        current.accumulateAndGet(term, Math::max);
    }

    public long current() {
        return current.get();
    }

    /** Whether nobody has begun a later one than this gateway. */
    public boolean isOwn() {
        return own > 0 && own == current.get();
    }
}
