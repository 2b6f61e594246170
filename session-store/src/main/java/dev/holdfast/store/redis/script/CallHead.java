// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.ByteBuffer;

/**
 * What every script is told first; prelude.lua reads it.
 *
 * @param earliestMillis the first moment, in Redis' time, at which the call may be executed
 * @param deadlineMillis the last one
 * @param term that of its gateway, see server.Terms
 * @param skewMillis what is to be added to the clock of its master, see server.RedisClock
 */
public record CallHead(long earliestMillis, long deadlineMillis, long term, long skewMillis) {
    /** Of a call that comes too late for everybody. */
    public static final CallHead TOO_LATE = new CallHead(0, 0, 0, 0);

    private static final int MOMENT = 6;
    private static final int TERM = 5;

    public byte[] encode() {
        ByteBuffer head = ByteBuffer.allocate(3 * MOMENT + TERM);
        putLast(head, earliestMillis, MOMENT);
        putLast(head, deadlineMillis, MOMENT);
        putLast(head, term, TERM);
        putLast(head, skewMillis, MOMENT);
        return head.array();
    }

    private static void putLast(ByteBuffer to, long number, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
            to.put((byte) (number >>> shift));
        }
    }
}
