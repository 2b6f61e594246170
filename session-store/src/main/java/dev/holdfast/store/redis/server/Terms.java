// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.server;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The term of this gateway, a number that becomes greater whenever Redis may have lost writes. If the last seqs of a session
 * may be missing in Redis, its next seqs are those of a later term (seqs.lua), so that no seq is given twice. Any thread.
 *
 * <p>A term is made of the time, of the term that this gateway knew, and of the terms that it has heard from others and found in
 * Redis ({@link Lineage}). So it grows even if all gateways are new, or a clock is wrong. Gateways that notice the same loss at
 * different times begin different terms, and then agree on the highest one. That leaves out seqs, but loses no message.
 */
public final class Terms {
    private static final long BEGIN_MILLIS =
            Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    /** How many terms can begin in a second. A term has more seqs in seqs.lua than a session gets in that time. */
    private static final long TERMS_A_SECOND = 16;
    /**
     * The least distance between two terms. The first seq of a term is moved by up to 65,535 for the sake of packet identifiers,
     * so the seqs of terms that are closer together would mix.
     */
    static final long STEP = 8;
    /**
     * How long after a loss a term begins at the earliest. Then it is at least {@link #STEP} greater than any term that another
     * gateway began before the loss, and no term is ahead of the clock.
     */
    public static final Duration APART = Duration.ofMillis(1_000 * STEP / TERMS_A_SECOND);

    private final LongSupplier wallMillis;
    private final AtomicLong current = new AtomicLong();
    private volatile long own;

    /** Term 0: Redis is not known to have lost anything. */
    public Terms(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    /** Begins a term, since Redis may have lost writes. */
    public void begin() {
        long now = (wallMillis.getAsLong() - BEGIN_MILLIS) * TERMS_A_SECOND / 1_000;
        own = current.updateAndGet(before -> Math.max(before + STEP, now));
    }

    /** Hears of a term that another gateway has begun. */
    public void heard(long term) {
        current.accumulateAndGet(term, Math::max);
    }

    /** The present term; 0 if none has begun. */
    public long current() {
        return current.get();
    }

    /** Whether this gateway has begun the present term. */
    public boolean isOwn() {
        return own > 0 && own == current.get();
    }
}
