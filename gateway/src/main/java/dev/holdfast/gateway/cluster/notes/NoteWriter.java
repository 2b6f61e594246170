// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes the bytes of a note into a buffer that grows. Numbers are big-endian; a text follows its length in UTF-8. */
final class NoteWriter {
    private static final int VARINT_MOST_BYTES = 5;
    private static final int DIFFERENCE_MOST_BYTES = 10;

    private ByteBuffer buffer;

    NoteWriter() {
        this(128);
    }

    NoteWriter(int capacity) {
        buffer = ByteBuffer.allocate(capacity);
    }

    NoteWriter kind(char kind) {
        return octet(kind);
    }

    NoteWriter octet(int value) {
        room(1).put((byte) value);
        return this;
    }

    NoteWriter small(int value) {
        room(4).putInt(value);
        return this;
    }

    /** Writes a number that is not negative in as few bytes as it needs, seven bits in each byte. */
    NoteWriter varint(int value) {
        ByteBuffer out = room(VARINT_MOST_BYTES);
        int rest = value;
        while (rest >= NoteLayout.VARINT_MORE) {
            out.put((byte) (rest | NoteLayout.VARINT_MORE));
            rest >>>= NoteLayout.VARINT_BITS;
        }
        out.put((byte) rest);
        return this;
    }

    /** Writes a number that is near 0, negative or not, in as few bytes as it needs (zigzag, seven bits in each byte). */
    NoteWriter difference(long value) {
        long rest = (value << 1) ^ (value >> (Long.SIZE - 1));
        ByteBuffer out = room(DIFFERENCE_MOST_BYTES);
        while (Long.compareUnsigned(rest, NoteLayout.VARINT_MORE) >= 0) {
            out.put((byte) (rest | NoteLayout.VARINT_MORE));
            rest >>>= NoteLayout.VARINT_BITS;
        }
        out.put((byte) rest);
        return this;
    }

    NoteWriter number(long value) {
        room(8).putLong(value);
        return this;
    }

    NoteWriter octets(byte[] octets) {
        return octets(octets, 0);
    }

    NoteWriter octets(byte[] octets, int from) {
        room(octets.length - from).put(octets, from, octets.length - from);
        return this;
    }

    NoteWriter text(@Nullable String text) {
        if (text == null) {
            return small(NoteLayout.ABSENT);
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return small(utf8.length).octets(utf8);
    }

    NoteWriter target(EnqueueTarget target) {
        text(target.clientId()).number(target.born()).small(target.qos() | (target.retain() ? NoteLayout.RETAIN : 0));
        small(target.subscriptionIdentifiers().length);
        for (int identifier : target.subscriptionIdentifiers()) {
            small(identifier);
        }
        return text(target.share());
    }

    /** Writes a message, which must be the last field of its note. */
    NoteWriter message(Message message) {
        number(message.id().origin()).number(message.id().number());
        small(message.qos() | (message.isRetain() ? NoteLayout.RETAIN : 0));
        number(message.arrivedAtMillis()).number(message.expiresAtMillis());
        return small(message.propertiesOffset()).small(message.payloadOffset()).octets(message.body());
    }

    int size() {
        return buffer.position();
    }

    byte[] bytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer room(int count) {
        if (buffer.remaining() < count) {
            int capacity = Math.max(buffer.capacity() * 2, buffer.position() + count);
            buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
        }
        return buffer;
    }
}
