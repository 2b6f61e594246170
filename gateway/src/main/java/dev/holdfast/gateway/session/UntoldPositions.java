// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.Arrays;

/**
 * Positions that are done while a lower one is not, and that the store has not confirmed to know of. It is told of each
 * once, again only if it did not answer. On the session's thread.
 */
final class UntoldPositions {
    private static final long[] NONE = {};

    private long[] waiting = NONE;
    private int waitingCount;
    /** Those of calls that have not been answered. */
    private long[] underWay = NONE;

    private int calls;

    boolean isEmpty() {
        return waitingCount == 0;
    }

    void add(long seq) {
        if (waitingCount == waiting.length) {
            waiting = Arrays.copyOf(waiting, Math.max(8, 2 * waitingCount));
        }
        waiting[waitingCount++] = seq;
    }

    /** Those above a position, ascending, for a call whose end {@link #told} or {@link #failed} says. */
    long[] take(long above) {
        if (waitingCount == 0) {
            return NONE;
        }
        long[] taken = above(above, waiting, waitingCount);
        waiting = NONE;
        waitingCount = 0;
        if (taken.length > 0) {
            underWay = calls == 0 ? taken : joined(underWay, taken);
            calls++;
        }
        return taken;
    }

    /** A call has been answered that had taken some. */
    void told() {
        if (--calls == 0) {
            underWay = NONE;
        }
    }

    /** A call has failed that had taken some: all are told again. */
    void failed() {
        for (long seq : underWay) {
            add(seq);
        }
        told();
    }

    /** All that the store has not confirmed, above a position and ascending. */
    long[] all(long above) {
        long[] all = joined(underWay, Arrays.copyOf(waiting, waitingCount));
        return above(above, all, all.length);
    }

    private static long[] above(long above, long[] some, int count) {
        return Arrays.stream(some, 0, count).filter(seq -> seq > above).sorted().toArray();
    }

    private static long[] joined(long[] some, long[] others) {
        long[] both = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, both, some.length, others.length);
        return both;
    }
}
