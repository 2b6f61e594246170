// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The PUBLISH packets that one I/O loop has sent, by QoS. Only that loop writes, so a delivery costs no atomic update;
 * any thread may read.
 */
public final class PublishesSent {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    /** Keeps the counts of two loops out of one cache line. */
    private static final int PADDING = 8;

    private final long[] counts = new long[PADDING + 3 + PADDING];

    PublishesSent() {}

    /** Counts a packet. On the loop. */
    public void sent(int qos) {
        int at = PADDING + qos;
        COUNT.setOpaque(counts, at, counts[at] + 1);
    }

    long of(int qos) {
        return (long) COUNT.getOpaque(counts, PADDING + qos);
    }
}
