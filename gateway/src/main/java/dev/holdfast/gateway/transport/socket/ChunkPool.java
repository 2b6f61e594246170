// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The output chunks of one loop. So many are in direct memory and come back here, last in first out; when all of those
 * are out, more are made on the heap and left to the collector, so that slow readers cannot use up direct memory.
 */
final class ChunkPool {

    static final LoopLocal<ChunkPool> OF_LOOP =
            new LoopLocal<>(loop -> new ChunkPool(loop.settings().pooledChunks()));

    private final int capacity;
    private @Nullable Chunk free;
    private int made;

    ChunkPool(int capacity) {
        this.capacity = capacity;
    }

    Chunk take() {
        Chunk chunk = free;
        if (chunk != null) {
            free = chunk.next;
            chunk.next = null;
        } else if (made < capacity) {
            made++;
            chunk = new Chunk(ByteBuffer.allocateDirect(Chunk.BYTES));
        } else {
            chunk = new Chunk(ByteBuffer.allocate(Chunk.BYTES));
        }
        chunk.buffer.clear();
        chunk.start = 0;
        return chunk;
    }

    void giveBack(Chunk chunk) {
        if (chunk.buffer.isDirect()) {
            chunk.next = free;
            free = chunk;
        }
    }
}
