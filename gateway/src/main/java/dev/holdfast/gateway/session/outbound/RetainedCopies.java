// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import java.util.Map;
import java.util.TreeMap;

/** The retained messages that stand in the queue of a kept session and have not been sent. On the session's thread. */
final class RetainedCopies {
    private final TreeMap<Long, RetainedCopy> bySeq = new TreeMap<>();
    private int underWay;

    /** A retained message is being put into the queue. {@link #queued} or {@link #refused} follows. */
    void begun() {
        underWay++;
    }

    /** The store has put a retained message at this position. */
    void queued(long seq, RetainedCopy copy) {
        underWay--;
        bySeq.put(seq, copy);
    }

    /** The queue had no room for a retained message. */
    void refused() {
        underWay--;
    }

    /** How many have not been sent, with those that are on their way into the queue. */
    int unsent() {
        return underWay + bySeq.size();
    }

    /** Whether a retained message stands at this position. */
    boolean has(long seq) {
        return bySeq.containsKey(seq);
    }

    /** A position is about to be sent. Answers whether it has a retained message that is not to be sent any more. */
    boolean overtakenAt(long seq) {
        boolean overtaken = false;
        while (!bySeq.isEmpty() && bySeq.firstKey() <= seq) {
            Map.Entry<Long, RetainedCopy> first = bySeq.pollFirstEntry();
            overtaken = first.getKey() == seq && first.getValue().isOvertaken();
            first.getValue().left();
        }
        return overtaken;
    }

    /** The positions of the retained messages that are not to be sent any more, ascending. */
    long[] overtaken() {
        return bySeq.entrySet().stream()
                .filter(each -> each.getValue().isOvertaken())
                .mapToLong(Map.Entry::getKey)
                .toArray();
    }
}
