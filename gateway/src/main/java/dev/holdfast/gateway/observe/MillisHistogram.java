// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How long something took, by the clock of an I/O loop, which goes by milliseconds. One thread counts, any thread reads: without an
 * atomic update.
 */
final class MillisHistogram {
    /** Upper bounds, inclusive; behind them stands the bucket for all that took longer. */
    private static final int[] BOUNDS_MILLIS = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000};

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SUM = BOUNDS_MILLIS.length + 1;

    private final long[] counts = new long[SUM + 1];

    static int buckets() {
        return BOUNDS_MILLIS.length + 1;
    }

    /** In seconds; infinite for the last. */
    static double bound(int bucket) {
        return bucket < BOUNDS_MILLIS.length ? BOUNDS_MILLIS[bucket] / 1_000.0 : Double.POSITIVE_INFINITY;
    }

    /**
     * Counts one.
     *
     * @param ticks by how many milliseconds the clock has moved on; what took so many may have taken up to one more, and counts as such
     */
    void count(long ticks) {
        long millis = Math.max(0, ticks) + 1;
        int bucket = 0;
        while (bucket < BOUNDS_MILLIS.length && millis > BOUNDS_MILLIS[bucket]) {
            bucket++;
        }
        add(bucket, 1);
        add(SUM, millis);
    }

    private void add(int index, long more) {
        COUNT.setOpaque(counts, index, counts[index] + more);
    }

    long inBucket(int bucket) {
        return (long) COUNT.getOpaque(counts, bucket);
    }

    long sumMillis() {
        return (long) COUNT.getOpaque(counts, SUM);
    }
}
