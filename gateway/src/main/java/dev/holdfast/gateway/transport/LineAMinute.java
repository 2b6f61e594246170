// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Lets one line of the log through a minute, of what strangers could fill a disk with. Any thread. */
public final class LineAMinute {
    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - PERIOD_NANOS);
    private final AtomicLong leftOut = new AtomicLong();

    /**
     * Has something told, or counts that it is not.
     *
     * @param tell gets how many have been left out since the last line
     */
    public void tell(LongConsumer tell) {
        long now = System.nanoTime();
        long before = toldAt.get();
        if (now - before < PERIOD_NANOS || !toldAt.compareAndSet(before, now)) {
            leftOut.incrementAndGet();
        } else {
            tell.accept(leftOut.getAndSet(0));
        }
    }
}
