// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A piece of pending output: written at the buffer's position, read by the kernel from {@link #start}. */
final class Chunk {

    static final int BYTES = 8 * 1024;

    final ByteBuffer buffer;

    /** The next piece of the same wire's output, or of the pool. */
    @Nullable
    Chunk next;

    /** The index of the first byte that the kernel has not taken. */
    int start;

    Chunk(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** The bytes in it that the kernel has not taken. */
    int length() {
        return buffer.position() - start;
    }
}
