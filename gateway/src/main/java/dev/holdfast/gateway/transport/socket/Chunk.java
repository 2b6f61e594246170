// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.store.Message;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of pending output: written at the buffer's position, read by the kernel from {@link #start}. Or the payload of a message,
 * which other wires may have, too.
 */
final class Chunk {

    static final int BYTES = 8 * 1024;

    private static final int MOST_OFFERED = 64 * 1024;

    /** What a piece costs that has no memory of its own. */
    static final int SHARED_BYTES = 112;

    final ByteBuffer buffer;

    /** The message of which this is the payload; null for what the wire has for itself. */
    final @Nullable Message message;

    /** The next piece of the same wire's output, or of the pool. */
    @Nullable
    Chunk next;

    /** Where more is to be put, while the buffer is being written. */
    private int end;

    /** The index of the first byte that the kernel has not taken. */
    int start;

    Chunk(ByteBuffer buffer) {
        this.buffer = buffer;
        this.message = null;
    }

    /** The payload of a message, which the caller holds. */
    Chunk(Message message) {
        this.buffer = ByteBuffer.wrap(message.body());
        this.message = message;
        this.start = message.payloadOffset();
        buffer.position(buffer.capacity());
    }

    /** What it costs, besides the message. */
    int heldBytes() {
        return SHARED_BYTES + (message == null ? buffer.capacity() : 0);
    }

    /**
     * Readies the buffer for a write, in which the kernel takes some of it; {@link #written} is to follow. What is on the heap is
     * copied for each write: no more of it is offered than a socket may take.
     */
    ByteBuffer offer() {
        end = buffer.position();
        return buffer.limit(Math.min(end, start + MOST_OFFERED)).position(start);
    }

    /** Where what there is to be written ends, between {@link #offer} and {@link #written}. */
    int end() {
        return end;
    }

    /** Takes note of what the kernel has taken, and readies the buffer for more to be put into it. */
    void written() {
        start = buffer.position();
        buffer.limit(buffer.capacity()).position(end);
    }

    /** The bytes in it that the kernel has not taken. */
    int length() {
        return buffer.position() - start;
    }
}
