// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.link;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keeps received bytes until a whole frame has come. It grows with the bytes that have come, never with a length that the peer has
 * announced. One thread.
 */
final class Gathered {
    private static final byte[] NOTHING = {};
    private static final int LARGE = 64 * 1024;

    private byte[] kept = NOTHING;
    private int length;
    private boolean handedOwn;

    /** The bytes that were kept, followed by these. */
    ByteBuffer with(byte[] buffer, int offset, int count) {
        handedOwn = length > 0;
        if (!handedOwn) {
            return ByteBuffer.wrap(buffer, offset, count);
        }
        int all = Math.addExact(length, count);
        if (all > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(all, (int) Math.min(2L * kept.length, Integer.MAX_VALUE - 8)));
        }
        System.arraycopy(buffer, offset, kept, length, count);
        length = all;
        return ByteBuffer.wrap(kept, 0, length);
    }

    /** Keeps the bytes that are left in the buffer of the last {@link #with}. */
    void keep(ByteBuffer rest) {
        length = rest.remaining();
        if (length == 0) {
            kept = kept.length > LARGE ? NOTHING : kept;
        } else if (!handedOwn) {
            kept = length > kept.length ? new byte[length] : kept;
            rest.get(kept, 0, length);
        } else if (rest.position() > 0) {
            System.arraycopy(kept, rest.position(), kept, 0, length);
        }
    }
}
