// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.session.EnqueueTarget;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes that a {@link NoteWriter} has written, from front to back. Throws {@link BufferUnderflowException} or
 * {@link IllegalArgumentException} when the bytes are too short or wrong.
 */
final class NoteReader {
    private static final int VARINT_MOST_SHIFT = 28;
    private static final int DIFFERENCE_MOST_SHIFT = 63;

    private final byte[] bytes;
    private final ByteBuffer buffer;

    NoteReader(byte[] bytes) {
        this.bytes = bytes;
        buffer = ByteBuffer.wrap(bytes);
    }

    boolean hasMore() {
        return buffer.hasRemaining();
    }

    int kind() {
        return buffer.get();
    }

    int octet() {
        return buffer.get() & 0xFF;
    }

    int small() {
        return buffer.getInt();
    }

    int varint() {
        int value = 0;
        for (int shift = 0; shift <= VARINT_MOST_SHIFT; shift += NoteLayout.VARINT_BITS) {
            int next = octet();
            value |= (next & ~NoteLayout.VARINT_MORE) << shift;
            if (next < NoteLayout.VARINT_MORE) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than five bytes");
    }

    long difference() {
        long value = 0;
        for (int shift = 0; shift <= DIFFERENCE_MOST_SHIFT; shift += NoteLayout.VARINT_BITS) {
            int next = octet();
            value |= (long) (next & ~NoteLayout.VARINT_MORE) << shift;
            if (next < NoteLayout.VARINT_MORE) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    long number() {
        return buffer.getLong();
    }

    byte[] octets(int length) {
        require(length);
        byte[] octets = new byte[length];
        buffer.get(octets);
        return octets;
    }

    /** All remaining octets. */
    byte[] rest() {
        return octets(buffer.remaining());
    }

    /** A new array of the first octets of {@code head} and the next octets of the note behind them. */
    byte[] octetsBehind(byte[] head, int headLength, int length) {
        require(length);
        byte[] octets = new byte[headLength + length];
        System.arraycopy(head, 0, octets, 0, headLength);
        buffer.get(octets, headLength, length);
        return octets;
    }

    String text() {
        String text = textOrNull();
        if (text == null) {
            throw new IllegalArgumentException("a text is missing");
        }
        return text;
    }

    @Nullable
    String textOrNull() {
        int length = small();
        if (length == NoteLayout.ABSENT) {
            return null;
        }
        require(length);
        String text = new String(bytes, buffer.position(), length, StandardCharsets.UTF_8);
        buffer.position(buffer.position() + length);
        return text;
    }

    EnqueueTarget target() {
        String clientId = text();
        long born = number();
        int flags = small();
        int count = small();
        if (count < 0 || count > buffer.remaining() / 4) {
            throw new BufferUnderflowException();
        }
        int[] identifiers = count == 0 ? EnqueueTarget.NO_IDENTIFIERS : new int[count];
        for (int i = 0; i < count; i++) {
            identifiers[i] = small();
        }
        return new EnqueueTarget(
                clientId,
                born,
                flags & NoteLayout.QOS,
                (flags & NoteLayout.RETAIN) != 0,
                identifiers,
                textOrNull(),
                false);
    }

    Message message() {
        MessageId id = new MessageId(number(), number());
        int flags = small();
        long arrived = number();
        long expires = number();
        int properties = small();
        int payload = small();
        byte[] body = octets(buffer.remaining());
        return new Message(
                id,
                body,
                properties,
                payload,
                flags & NoteLayout.QOS,
                (flags & NoteLayout.RETAIN) != 0,
                arrived,
                expires);
    }

    private void require(int length) {
        if (length < 0 || length > buffer.remaining()) {
            throw new BufferUnderflowException();
        }
    }
}
