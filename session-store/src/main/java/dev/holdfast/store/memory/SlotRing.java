// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.session.EnqueueTarget;
import org.jspecify.annotations.Nullable;

/**
 * Queue positions in the order of their seq, in parallel arrays used as rings: 13 bytes a position, 17 once one of
 * them carries Subscription Identifiers, and no object per position. Seqs grow from slot to slot but may have gaps.
 * Slots are addressed by their index from the front, 0 to size - 1, which is not checked.
 */
final class SlotRing {
    /** A power of two, as every capacity here. */
    private static final int SMALLEST = 8;

    private static final int REFERENCE_BYTES = 4;
    private static final int ARRAY_HEADER_BYTES = 16;

    private long[] seqs = new long[SMALLEST];
    private @Nullable Object[] items = new @Nullable Object[SMALLEST];
    private byte[] flags = new byte[SMALLEST];
    private int @Nullable [][] identifiers;
    private @Nullable String @Nullable [] shares;
    private int head;
    private int size;

    int size() {
        return size;
    }

    int capacity() {
        return seqs.length;
    }

    /** What its arrays cost in memory. */
    int heldBytes() {
        int each = Long.BYTES + REFERENCE_BYTES + 1;
        int arrays = 3;
        if (identifiers != null) {
            each += REFERENCE_BYTES;
            arrays++;
        }
        if (shares != null) {
            each += REFERENCE_BYTES;
            arrays++;
        }
        return arrays * ARRAY_HEADER_BYTES + each * seqs.length;
    }

    long seq(int index) {
        return seqs[slot(index)];
    }

    @Nullable
    Object item(int index) {
        return items[slot(index)];
    }

    byte flags(int index) {
        return flags[slot(index)];
    }

    int[] identifiers(int index) {
        if (identifiers == null) {
            return EnqueueTarget.NO_IDENTIFIERS;
        }
        int[] here = identifiers[slot(index)];
        // Null where a slot was filled before the first identifiers came.
        return here == null ? EnqueueTarget.NO_IDENTIFIERS : here;
    }

    /** The shared subscription that it came through, or null. */
    @Nullable
    String share(int index) {
        return shares == null ? null : shares[slot(index)];
    }

    void add(long seq, Object item, byte flag, int[] subscriptionIdentifiers, @Nullable String share) {
        if (size == seqs.length) {
            resize(size * 2);
        }
        int slot = slot(size++);
        seqs[slot] = seq;
        items[slot] = item;
        flags[slot] = flag;
        if (subscriptionIdentifiers.length > 0 && identifiers == null) {
            identifiers = new int[seqs.length][];
        }
        if (identifiers != null) {
            identifiers[slot] = subscriptionIdentifiers;
        }
        if (share != null && shares == null) {
            shares = new @Nullable String[seqs.length];
        }
        if (shares != null) {
            shares[slot] = share;
        }
    }

    /** Changes what a slot holds; its seq and identifiers stay. */
    void set(int index, @Nullable Object item, byte flag) {
        int slot = slot(index);
        items[slot] = item;
        flags[slot] = flag;
    }

    /** The first index whose seq is not below the given one; size if there is none. */
    int indexOf(long seq) {
        int low = 0;
        int high = size;
        // Without gaps in front, or behind, the answer is a subtraction away.
        if (size > 0 && seq > seq(0)) {
            long fromFront = seq - seq(0);
            if (fromFront < size && seq((int) fromFront) == seq) {
                return (int) fromFront;
            }
            long fromBack = size - 1 - (seq(size - 1) - seq);
            if (fromBack >= 0 && fromBack < size && seq((int) fromBack) == seq) {
                return (int) fromBack;
            }
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (seq(middle) < seq) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    void removeFirst(int count) {
        for (int i = 0; i < count; i++) {
            clear(slot(i));
        }
        head = slot(count);
        size -= count;
    }

    void removeLast(int count) {
        for (int i = size - count; i < size; i++) {
            clear(slot(i));
        }
        size -= count;
    }

    /** Removes slots that follow the first {@code front} ones, by moving those; costs {@code front + count}. */
    void removeAfter(int front, int count) {
        for (int i = front - 1; i >= 0; i--) {
            move(i, i + count);
        }
        removeFirst(count);
    }

    /** Copies one slot over another. */
    void move(int from, int to) {
        int source = slot(from);
        int target = slot(to);
        seqs[target] = seqs[source];
        items[target] = items[source];
        flags[target] = flags[source];
        if (identifiers != null) {
            identifiers[target] = identifiers[source];
        }
        if (shares != null) {
            shares[target] = shares[source];
        }
    }

    /** Gives back the arrays of an empty ring that had grown. */
    void shrink() {
        if (size == 0 && seqs.length > SMALLEST) {
            resize(SMALLEST);
        }
    }

    private void resize(int capacity) {
        int untilWrap = Math.min(size, seqs.length - head);
        seqs = (long[]) unrolled(seqs, new long[capacity], untilWrap);
        items = (@Nullable Object[]) unrolled(items, new Object[capacity], untilWrap);
        flags = (byte[]) unrolled(flags, new byte[capacity], untilWrap);
        if (identifiers != null) {
            identifiers = (int[][]) unrolled(identifiers, new int[capacity][], untilWrap);
        }
        if (shares != null) {
            shares = (@Nullable String[]) unrolled(shares, new @Nullable String[capacity], untilWrap);
        }
        head = 0;
    }

    @SuppressWarnings("SuspiciousSystemArraycopy") // one method for four types of array
    private Object unrolled(Object ring, Object into, int untilWrap) {
        System.arraycopy(ring, head, into, 0, untilWrap);
        System.arraycopy(ring, 0, into, untilWrap, size - untilWrap);
        return into;
    }

    private void clear(int slot) {
        items[slot] = null;
        if (identifiers != null) {
            identifiers[slot] = EnqueueTarget.NO_IDENTIFIERS;
        }
    }

    private int slot(int index) {
        return (head + index) & (seqs.length - 1);
    }
}
