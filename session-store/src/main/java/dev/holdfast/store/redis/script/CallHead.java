// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.script;

import java.nio.ByteBuffer;

/**
 * The first argument of every script call; prelude.lua reads it.
 *
 * @param earliestMillis the first moment, in Redis' time, at which the call may be executed
 * @param deadlineMillis the last moment, likewise
 * @param term the term of the gateway that sends the call, see server.Terms
 * @param skewMillis what the script adds to the clock of its master, see server.RedisClock
 */
public record CallHead(long earliestMillis, long deadlineMillis, long term, long skewMillis) {
    /** The head of a call that is too late on any clock. */
    public static final CallHead TOO_LATE = new CallHead(0, 0, 0, 0);

    private static final int MOMENT = 6;
    private static final int TERM = 5;

    /** The head in 23 bytes. */
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
