// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.MessageId;
import java.util.Arrays;

/**
 * The dedupe window: the identities of the last {@value #WINDOW} QoS 2 messages that a session has acknowledged, as
 * pairs of numbers in a ring that grows with its use, 16 bytes each.
 */
final class RecentIds {
    static final int WINDOW = 1_024;
    private static final int SMALLEST = 16;
    private static final int OWN_BYTES = 40;

    private long[] pairs = new long[2 * SMALLEST];
    private int count;
    private int next;

    void add(MessageId id) {
        if (count == pairs.length / 2 && count < WINDOW) {
            // Not wrapped yet: the ring turns only at its full length.
            pairs = Arrays.copyOf(pairs, 2 * pairs.length);
            next = count;
        }
        pairs[2 * next] = id.origin();
        pairs[2 * next + 1] = id.number();
        next = (next + 1) & (pairs.length / 2 - 1);
        count = Math.min(count + 1, WINDOW);
    }

    /** What it costs in memory. */
    int heldBytes() {
        return OWN_BYTES + Long.BYTES * pairs.length;
    }

    boolean contains(MessageId id) {
        for (int i = 0; i < count; i++) {
            if (pairs[2 * i + 1] == id.number() && pairs[2 * i] == id.origin()) {
                return true;
            }
        }
        return false;
    }
}
