// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * What all wires of one loop read into, one after the other, so that none of them owns a buffer. The kernel writes to
 * direct memory, the listeners see an array.
 */
final class ReadBuffer {

    static final int BYTES = 64 * 1024;
    static final LoopLocal<ReadBuffer> OF_LOOP = new LoopLocal<>(loop -> new ReadBuffer());

    private final ByteBuffer direct = ByteBuffer.allocateDirect(BYTES);
    private final byte[] bytes = new byte[BYTES];

    /** Reads once. Returns the number of bytes that {@link #bytes} begins with, 0 for none, -1 for the end. */
    int fill(ConduitStreamSourceChannel source) throws IOException {
        direct.clear();
        int count = source.read(direct);
        if (count > 0) {
            direct.flip().get(bytes, 0, count);
        }
        return count;
    }

    byte[] bytes() {
        return bytes;
    }
}
