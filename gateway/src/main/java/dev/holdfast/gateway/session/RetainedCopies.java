// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.Map;
import java.util.TreeMap;

/** The retained messages in the queue of a kept session that have not been sent. On the session's thread. */
final class RetainedCopies {
    private final TreeMap<Long, RetainedCopy> bySeq = new TreeMap<>();
    private int underWay;

    /** One is being put into the queue; {@link #queued} or {@link #refused} follows. */
    void begun() {
        underWay++;
    }

    /** One stands in the queue. */
    void queued(long seq, RetainedCopy copy) {
        underWay--;
        bySeq.put(seq, copy);
    }

    /** The queue had no room for one. */
    void refused() {
        underWay--;
    }

    /** How many have not been sent, those on their way into the queue included. */
    int unsent() {
        return underWay + bySeq.size();
    }

    /** Whether a position has one. */
    boolean has(long seq) {
        return bySeq.containsKey(seq);
    }

    /** A position is about to be sent; says whether it has one that is not to be sent any more. */
    boolean overtakenAt(long seq) {
        boolean overtaken = false;
        while (!bySeq.isEmpty() && bySeq.firstKey() <= seq) {
            Map.Entry<Long, RetainedCopy> first = bySeq.pollFirstEntry();
            overtaken = first.getKey() == seq && first.getValue().isOvertaken();
            first.getValue().left();
        }
        return overtaken;
    }

    /** The positions of those that are not to be sent any more; ascending. */
    long[] overtaken() {
        return bySeq.entrySet().stream()
                .filter(each -> each.getValue().isOvertaken())
                .mapToLong(Map.Entry::getKey)
                .toArray();
    }
}
