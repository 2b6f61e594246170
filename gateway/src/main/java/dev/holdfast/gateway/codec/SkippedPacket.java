// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import java.util.Arrays;

/**
 * A packet over the limit whose bytes go by: its beginning is kept until it has been passed on, and of what follows nothing. On
 * the I/O thread of its connection.
 */
final class SkippedPacket {
    /** Enough for topic, packet identifier and properties of what clients send. */
    static final int MOST_HEAD_BYTES = 16 * 1024;

    private static final byte[] NONE = {};

    private final int length;
    private final int headLength;
    private byte[] head = NONE;
    private int passed;

    /**
     * A packet of which nothing has come.
     *
     * @param length of the packet, fixed header included
     * @param maxPacketBytes what a packet may have: no more is kept of this one
     */
    SkippedPacket(int length, int maxPacketBytes) {
        this.length = length;
        this.headLength = Math.min(maxPacketBytes, MOST_HEAD_BYTES);
    }

    /** Takes what has come, and passes the beginning on when it is there; gives how far the buffer is used. */
    int pass(byte[] buffer, int from, int to, Framer.Sink sink) throws MalformedPacketException {
        int taken = Math.min(length - passed, to - from);
        int kept = Math.min(headLength - passed, taken);
        if (kept > 0) {
            keep(buffer, from, kept);
        }
        passed += taken;
        if (kept > 0 && passed >= headLength) {
            byte[] whole = head;
            head = NONE;
            sink.skipping(whole, headLength, length);
        }
        return from + taken;
    }

    private void keep(byte[] buffer, int from, int count) {
        int needed = passed + count;
        if (needed > head.length) {
            head = Arrays.copyOf(head, Math.min(Math.max(needed, 2 * head.length), headLength));
        }
        System.arraycopy(buffer, from, head, passed, count);
    }

    boolean isOver() {
        return passed == length;
    }

    int length() {
        return length;
    }

    /** The number of bytes kept. */
    int heldBytes() {
        return head == NONE ? 0 : passed;
    }
}
