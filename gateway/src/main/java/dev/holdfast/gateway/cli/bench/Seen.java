// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import java.util.BitSet;

/** Which messages one receiver has had, by number. Any thread. */
final class Seen {
    private final BitSet numbers = new BitSet();
    private int count;
    private long twice;

    /** Notes one; says whether it was the first of its number. */
    synchronized boolean add(int number) {
        boolean isFirst = !numbers.get(number);
        numbers.set(number);
        if (isFirst) {
            count++;
        } else {
            twice++;
        }
        return isFirst;
    }

    synchronized int count() {
        return count;
    }

    synchronized long twice() {
        return twice;
    }

    /** How many of those that were sent for good have not come. */
    synchronized int missing(BitSet sent) {
        BitSet missing = (BitSet) sent.clone();
        missing.andNot(numbers);
        return missing.cardinality();
    }
}
