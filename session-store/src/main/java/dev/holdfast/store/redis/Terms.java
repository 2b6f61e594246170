// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The term of this gateway: a number that is greater after every moment at which Redis may have lost writes than it was
 * before. Seqs of a session that may be missing in Redis go on in the seqs of a later term (seqs.lua), so that none is
 * given twice. Any thread.
 *
 * <p>It is made of the time, of what this gateway knows and of what it has heard from others: it grows if all gateways
 * are new, and if no clock is right. Gateways that meet the same loss at different seconds begin different terms, and agree
 * on the higher one by their leases; that costs a leap of the seqs, no message.
 */
final class Terms {
    private static final long BEGIN_MILLIS =
            Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    /** So much may the clocks of gateways differ. */
    private static final long MARGIN_MILLIS = 60_000;
    /** How many terms could begin in a second; seqs.lua has so many seqs for each that no session gets more in that time. */
    private static final long TERMS_A_SECOND = 16;

    private final LongSupplier wallMillis;
    private final AtomicLong current = new AtomicLong();

    /** Term 0, in which nothing is doubted. */
    Terms(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    /** What may be missing in Redis is doubted from here on. */
    void begin() {
        long now = (wallMillis.getAsLong() - BEGIN_MILLIS + MARGIN_MILLIS) * TERMS_A_SECOND / 1_000;
        current.updateAndGet(before -> Math.max(before + TERMS_A_SECOND, now));
    }

    /** Another gateway has begun a term. */
    void heard(long term) {
        current.accumulateAndGet(term, Math::max);
    }

    long current() {
        return current.get();
    }
}
