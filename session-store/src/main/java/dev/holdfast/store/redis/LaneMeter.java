// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.util.concurrent.atomic.LongAdder;

/** Counts what the lanes of one connection have sent. Any thread. */
public final class LaneMeter {
    private final LongAdder batches = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder retries = new LongAdder();

    LaneMeter() {}

    void batch(int size) {
        batches.increment();
        calls.add(size);
    }

    void retried(int size) {
        retries.add(size);
    }

    /** Batches that have come back, failed ones included. */
    public long batches() {
        return batches.sum();
    }

    /** Script calls in them. */
    public long calls() {
        return calls.sum();
    }

    /** Script calls that had to be sent again. */
    public long retries() {
        return retries.sum();
    }
}
