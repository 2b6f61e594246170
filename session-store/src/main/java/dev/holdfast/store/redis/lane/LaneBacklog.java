// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.redis.RedisSettings;
import java.util.concurrent.atomic.AtomicLong;

/** How much waits in a lane or is under way, and how much may. Any thread, without a lock. */
final class LaneBacklog {
    private final int mostOperations;
    private final long mostBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong operations = new AtomicLong();

    LaneBacklog(RedisSettings settings) {
        mostOperations = settings.maxWaitingOperations();
        mostBytes = settings.maxWaitingBytes();
    }

    /** Counts a call; false if it is too much. Then it is counted too, until {@link #remove}. */
    boolean add(Call call) {
        long allBytes = bytes.addAndGet(call.bytes());
        long allOperations = operations.addAndGet(call.operations());
        return allBytes <= mostBytes && allOperations <= mostOperations;
    }

    /** Counts a call no more. */
    void remove(Call call) {
        bytes.addAndGet(-call.bytes());
        operations.addAndGet(-call.operations());
    }

    /** A call has joined another one: the overhead of one call is held no more. */
    void joined() {
        bytes.addAndGet(-Call.OVERHEAD_BYTES);
    }

    /** The exception for a call that is too much; before it is removed. */
    StoreBusyException busy() {
        return new StoreBusyException(operations.get() + " operations, " + bytes.get() + " bytes wait for Redis");
    }

    /** Whether there is more than half of what may be. */
    boolean isHalfFull() {
        return operations.get() > mostOperations / 2 || bytes.get() > mostBytes / 2;
    }

    /** How many operations there are. */
    long operations() {
        return operations.get();
    }
}
