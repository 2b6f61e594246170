// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.xnio.conduits.ConduitStreamSinkChannel;

/**
 * The pending output of one wire: a list of chunks, the last of which is being filled, and of payloads that it shares with other
 * wires. Holds none when nothing is pending.
 */
final class OutputBuffer {

    /** What one gathering write takes at most. */
    private static final int GATHER = 16;

    /** What one write takes at most of what is on the heap, which is copied each time. */
    private static final int MOST_OFFERED = 256 * 1024;

    /** Where it has to wait, a payload from this length on is shared. */
    private static final int SHARED_WHILE_WAITING = 512;

    /** Of the chunk behind a shared payload: there may come as little between it and the next one. */
    private static final int BETWEEN_BYTES = 1024;

    private static final LoopLocal<ByteBuffer[]> VECTOR = new LoopLocal<>(loop -> new ByteBuffer[GATHER]);

    private final IoLoop loop;
    private final Framing framing;
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private int pendingBytes;
    private int heldBytes;
    private int chargedBytes;

    OutputBuffer(IoLoop loop, Framing framing) {
        this.loop = loop;
        this.framing = framing;
    }

    int pendingBytes() {
        return pendingBytes;
    }

    /** How much more it costs in memory than at the last call, besides the messages of which it holds the payloads. */
    int uncharged() {
        int more = heldBytes - chargedBytes;
        chargedBytes = heldBytes;
        return more;
    }

    /**
     * Appends a packet that ends with the payload of a message, as one frame.
     *
     * @param packet as a whole, or without the payload
     * @param waits whether it has to wait for the peer
     */
    void append(byte[] packet, int headLength, Message message, boolean waits) {
        int payload = message.payloadLength();
        int length = headLength + payload;
        if (packet.length >= length && !(waits && payload >= SHARED_WHILE_WAITING)) {
            append(packet, 0, length);
            return;
        }
        int header = framing.headerBytes(length);
        ByteBuffer before = roomBefore(header + headLength);
        if (header > 0) {
            framing.header(before, length);
        }
        before.put(packet, 0, headLength);
        message.hold(loop.settings().memory(), Kind.OUTPUT);
        add(new Chunk(message));
        pendingBytes += header + length;
    }

    /** Room for what stands before a shared payload, of a size of its own. */
    private ByteBuffer roomBefore(int bytes) {
        Chunk chunk = last;
        return chunk == null || chunk.buffer.remaining() < bytes
                ? add(new Chunk(ByteBuffer.allocate(bytes)))
                : chunk.buffer;
    }

    private ByteBuffer add(Chunk chunk) {
        if (last == null) {
            first = chunk;
        } else {
            last.next = chunk;
        }
        last = chunk;
        heldBytes += chunk.heldBytes();
        return chunk.buffer;
    }

    /** Appends a payload, as one frame. */
    void append(byte[] bytes, int offset, int length) {
        int header = framing.headerBytes(length);
        Chunk chunk = last;
        if (chunk != null && chunk.buffer.remaining() >= header + length) {
            frame(chunk.buffer, header, length).put(bytes, offset, length);
        } else {
            frame(room(header), header, length);
            copy(bytes, offset, length);
        }
        pendingBytes += header + length;
    }

    private ByteBuffer frame(ByteBuffer out, int header, int length) {
        if (header > 0) {
            framing.header(out, length);
        }
        return out;
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
        ByteBuffer buffer = chunk.offer();
        int offered = buffer.remaining();
        int taken = 0;
        try {
            taken = sink.write(buffer);
            pendingBytes -= taken;
        } finally {
            chunk.written();
        }
        if (chunk.length() == 0) {
            dropFirst(chunk);
        }
        return taken == offered;
    }

    private boolean writeSome(Chunk head, ConduitStreamSinkChannel sink) throws IOException {
        ByteBuffer[] vector = loop.local(VECTOR);
        int count = 0;
        long offered = 0;
        boolean isWhole = true;
        for (Chunk chunk = head;
                chunk != null && isWhole && count < GATHER && offered < MOST_OFFERED;
                chunk = chunk.next) {
            ByteBuffer buffer = chunk.offer();
            isWhole = buffer.remaining() == chunk.end() - chunk.start; // what comes next must not overtake the rest
            offered += buffer.remaining();
            vector[count++] = buffer;
        }
        long taken = 0;
        try {
            taken = sink.write(vector, 0, count);
            pendingBytes -= (int) taken;
        } finally {
            written(head, count);
        }
        return taken == offered;
    }

    private void written(Chunk head, int count) {
        Chunk chunk = head;
        for (int i = 0; i < count && chunk != null; i++) {
            Chunk next = chunk.next;
            chunk.written();
            if (chunk.length() == 0) {
                dropFirst(chunk);
            }
            chunk = next;
        }
    }

    private void dropFirst(Chunk chunk) {
        first = chunk.next;
        if (first == null) {
            last = null;
        }
        chunk.next = null;
        heldBytes -= chunk.heldBytes();
        if (chunk.message != null) {
            chunk.message.letGo(loop.settings().memory());
        } else {
            loop.local(ChunkPool.OF_LOOP).giveBack(chunk);
        }
    }

    /** Where the next bytes go; with room for at least so many, which stand together. */
    private ByteBuffer room(int bytes) {
        Chunk chunk = last;
        if (chunk != null && chunk.buffer.remaining() >= bytes) {
            return chunk.buffer;
        }
        boolean isBehindShared = chunk != null && chunk.message != null;
        return add(
                isBehindShared
                        ? new Chunk(ByteBuffer.allocate(BETWEEN_BYTES))
                        : loop.local(ChunkPool.OF_LOOP).take());
    }
}
