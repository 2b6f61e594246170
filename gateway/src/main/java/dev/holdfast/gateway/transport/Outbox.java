// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.xnio.conduits.ConduitStreamSinkChannel;

/**
 * The pending output of one wire: a list of chunks, the last of which is being filled. Holds no chunk when nothing is
 * pending.
 */
final class Outbox {

    /** What one gathering write takes at most. */
    private static final int GATHER = 16;

    private static final LoopLocal<ByteBuffer[]> VECTOR = new LoopLocal<>(loop -> new ByteBuffer[GATHER]);

    private final IoLoop loop;
    private final Framing framing;
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private int pendingBytes;

    Outbox(IoLoop loop, Framing framing) {
        this.loop = loop;
        this.framing = framing;
    }

    int pendingBytes() {
        return pendingBytes;
    }

    /** Appends a payload, as one frame. */
    void append(byte[] bytes, int offset, int length) {
        int header = framing.headerBytes(length);
        if (header > 0) {
            framing.header(room(header), length);
        }
        copy(bytes, offset, length);
        pendingBytes += header + length;
    }

    /** Appends bytes that bring their own frame. */
    void appendFrame(byte[] frame) {
        copy(frame, 0, frame.length);
        pendingBytes += frame.length;
    }

    private void copy(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            ByteBuffer buffer = room(1);
            int part = Math.min(left, buffer.remaining());
            buffer.put(bytes, from, part);
            from += part;
            left -= part;
        }
    }

    /**
     * Gives the kernel what it takes.
     *
     * @return how many bytes that were
     */
    int flush(ConduitStreamSinkChannel sink) throws IOException {
        int before = pendingBytes;
        boolean isTaking = true;
        while (first != null && isTaking) {
            isTaking = first.next == null ? writeOne(first, sink) : writeSome(first, sink);
        }
        return before - pendingBytes;
    }

    /** Forgets what is pending and gives the chunks back. */
    void clear() {
        while (first != null) {
            dropFirst(first);
        }
        pendingBytes = 0;
    }

    private boolean writeOne(Chunk chunk, ConduitStreamSinkChannel sink) throws IOException {
        ByteBuffer buffer = chunk.buffer;
        int end = buffer.position();
        buffer.limit(end).position(chunk.start);
        try {
            pendingBytes -= sink.write(buffer);
        } finally {
            chunk.start = buffer.position();
            buffer.limit(buffer.capacity()).position(end);
        }
        if (chunk.length() > 0) {
            return false;
        }
        dropFirst(chunk);
        return true;
    }

    private boolean writeSome(Chunk head, ConduitStreamSinkChannel sink) throws IOException {
        ByteBuffer[] vector = loop.local(VECTOR);
        int count = 0;
        long offered = 0;
        for (Chunk chunk = head; chunk != null && count < GATHER; chunk = chunk.next) {
            ByteBuffer buffer = chunk.buffer;
            offered += chunk.length();
            vector[count++] = buffer.limit(buffer.position()).position(chunk.start);
        }
        long taken = 0;
        try {
            taken = sink.write(vector, 0, count);
            pendingBytes -= (int) taken;
        } finally {
            for (int i = 0; i < count; i++) {
                Chunk chunk = first;
                ByteBuffer buffer = vector[i];
                if (chunk == null) {
                    break;
                }
                chunk.start = buffer.position();
                buffer.position(buffer.limit()).limit(buffer.capacity());
                if (chunk.length() > 0) {
                    restore(vector, i + 1, count);
                    break;
                }
                dropFirst(chunk);
            }
        }
        return taken == offered;
    }

    /** Puts the buffers that the kernel did not reach back as they were: to be appended to at their end. */
    private static void restore(ByteBuffer[] vector, int from, int to) {
        for (int i = from; i < to; i++) {
            ByteBuffer buffer = vector[i];
            buffer.position(buffer.limit()).limit(buffer.capacity());
        }
    }

    private void dropFirst(Chunk chunk) {
        first = chunk.next;
        if (first == null) {
            last = null;
        }
        chunk.next = null;
        loop.local(ChunkPool.OF_LOOP).giveBack(chunk);
    }

    /** Where the next bytes go; with room for at least so many, which stand together. */
    private ByteBuffer room(int bytes) {
        Chunk chunk = last;
        if (chunk == null || chunk.buffer.remaining() < bytes) {
            chunk = loop.local(ChunkPool.OF_LOOP).take();
            if (last == null) {
                first = chunk;
            } else {
                last.next = chunk;
            }
            last = chunk;
        }
        return chunk.buffer;
    }
}
