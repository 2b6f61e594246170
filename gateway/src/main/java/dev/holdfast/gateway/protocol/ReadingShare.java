// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.transport.Loop;
import java.util.concurrent.TimeUnit;

/** How long one connection may have its packets taken before others have their turn. Of one loop, for whichever connection it reads. */
final class ReadingShare {
    /** What is read in that time takes up to ten times as long to be dealt with. */
    private static final long NANOS = TimeUnit.MICROSECONDS.toNanos(250);
    /** A power of two; a look at the clock takes a tenth of what a small packet does. */
    private static final int PACKETS_BETWEEN_CLOCK_LOOKS = 16;

    private final Loop loop;
    private long endNanos;
    private int taken;

    ReadingShare(Loop loop) {
        this.loop = loop;
    }

    /** A connection has its share from a moment on, as {@link Loop#nanoTime} tells it. */
    void begins(long nowNanos) {
        endNanos = nowNanos + NANOS;
    }

    /** Counts a packet that has been taken; whether the share is used up. */
    boolean isUsedUp() {
        return ++taken % PACKETS_BETWEEN_CLOCK_LOOKS == 0 && loop.nanoTime() - endNanos > 0;
    }
}
