// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Notes as bytes: one byte for the kind, then the fields in the order of the record. Gateways of one release agree. */
final class NoteCodec {
    private static final int ABSENT = -1;

    private NoteCodec() {}

    static byte[] encode(Note note) {
        Out out = new Out();
        if (note instanceof Note.Subscribed one) {
            Subscription subscription = one.subscription();
            out.kind('K').text(one.from()).text(one.clientId()).number(one.epoch());
            int flags = subscription.qos()
                    | (subscription.noLocal() ? 4 : 0)
                    | (subscription.retainAsPublished() ? 8 : 0)
                    | subscription.retainHandling() << 4;
            out.text(subscription.filter()).small(flags).small(subscription.identifier());
        } else if (note instanceof Note.Unsubscribed one) {
            out.kind('k')
                    .text(one.from())
                    .text(one.clientId())
                    .number(one.epoch())
                    .text(one.filter());
        } else if (note instanceof Note.Erased one) {
            out.kind('X').text(one.clientId());
        } else if (note instanceof Note.Resumed one) {
            out.kind('O').text(one.from()).text(one.clientId());
        } else if (note instanceof Note.Clean one) {
            out.kind('C').text(one.from()).text(one.filter()).small(one.count());
        } else if (note instanceof Note.Hello one) {
            out.kind('H').text(one.from());
        } else if (note instanceof Note.SnapshotBegins one) {
            out.kind('B').text(one.from());
        } else if (note instanceof Note.SnapshotEnds one) {
            out.kind('E').text(one.from());
        } else if (note instanceof Note.Barrier one) {
            out.kind('W').text(one.from()).number(one.number());
        } else if (note instanceof Note.Applied one) {
            out.kind('A').text(one.from()).number(one.number());
        } else if (note instanceof Note.Displaced one) {
            out.kind('T').text(one.clientId()).number(one.epoch()).small(one.kicked() ? 1 : 0);
        } else if (note instanceof Note.Publication one) {
            out.kind('P').text(one.publisher()).message(one.message());
        } else if (note instanceof Note.Shared one) {
            out.kind('S')
                    .text(one.filter())
                    .text(one.publisher())
                    .small(one.hops())
                    .message(one.message());
        } else if (note instanceof Note.Queued one) {
            out.kind(one.dropped() ? 'L' : 'M')
                    .target(one.target())
                    .number(one.seq())
                    .message(one.message());
        } else if (note instanceof Note.Direct one) {
            out.kind('D').target(one.target()).message(one.message());
        }
        return out.bytes();
    }

    /**
     * Reads a note.
     *
     * @return null if it is none that this release knows
     */
    static @Nullable Note decode(byte[] bytes) {
        try {
            return decode(new In(bytes, ByteBuffer.wrap(bytes)));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable Note decode(In in) {
        return switch (in.kind()) {
            case 'K' -> new Note.Subscribed(in.text(), in.text(), in.number(), subscription(in));
            case 'k' -> new Note.Unsubscribed(in.text(), in.text(), in.number(), in.text());
            case 'X' -> new Note.Erased(in.text());
            case 'O' -> new Note.Resumed(in.text(), in.text());
            case 'C' -> new Note.Clean(in.text(), in.text(), in.small());
            case 'H' -> new Note.Hello(in.text());
            case 'B' -> new Note.SnapshotBegins(in.text());
            case 'E' -> new Note.SnapshotEnds(in.text());
            case 'W' -> new Note.Barrier(in.text(), in.number());
            case 'A' -> new Note.Applied(in.text(), in.number());
            case 'T' -> new Note.Displaced(in.text(), in.number(), in.small() == 1);
            case 'P' -> new Note.Publication(in.textOrNull(), in.message());
            case 'S' -> new Note.Shared(in.text(), in.textOrNull(), in.small(), in.message());
            case 'M' -> new Note.Queued(in.target(), in.number(), in.message(), false);
            case 'L' -> new Note.Queued(in.target(), in.number(), in.message(), true);
            case 'D' -> new Note.Direct(in.target(), in.message());
            default -> null;
        };
    }

    private static Subscription subscription(In in) {
        String filter = in.text();
        int flags = in.small();
        return new Subscription(filter, flags & 3, (flags & 4) != 0, (flags & 8) != 0, flags >> 4, in.small());
    }

    /** Grows as it is written to. */
    private static final class Out {
        private ByteBuffer buffer = ByteBuffer.allocate(128);

        Out kind(char kind) {
            room(1).put((byte) kind);
            return this;
        }

        Out small(int value) {
            room(4).putInt(value);
            return this;
        }

        Out number(long value) {
            room(8).putLong(value);
            return this;
        }

        Out text(@Nullable String text) {
            if (text == null) {
                return small(ABSENT);
            }
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            small(utf8.length).room(utf8.length).put(utf8);
            return this;
        }

        Out target(Target target) {
            text(target.clientId()).small(target.qos() | (target.retain() ? 4 : 0));
            small(target.subscriptionIdentifiers().length);
            for (int identifier : target.subscriptionIdentifiers()) {
                small(identifier);
            }
            return this;
        }

        Out message(Message message) {
            number(message.id().origin()).number(message.id().number());
            small(message.qos() | (message.isRetain() ? 4 : 0));
            number(message.arrivedAtMillis()).number(message.expiresAtMillis());
            small(message.propertiesOffset()).small(message.payloadOffset());
            room(message.body().length).put(message.body());
            return this;
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

    /** Is read from front to back. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record In(byte[] bytes, ByteBuffer buffer) {
        int kind() {
            return buffer.get();
        }

        int small() {
            return buffer.getInt();
        }

        long number() {
            return buffer.getLong();
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
            if (length == ABSENT) {
                return null;
            }
            if (length < 0 || length > buffer.remaining()) {
                throw new BufferUnderflowException();
            }
            String text = new String(bytes, buffer.position(), length, StandardCharsets.UTF_8);
            buffer.position(buffer.position() + length);
            return text;
        }

        Target target() {
            String clientId = text();
            int flags = small();
            int count = small();
            if (count < 0 || count > buffer.remaining() / 4) {
                throw new BufferUnderflowException();
            }
            int[] identifiers = count == 0 ? Target.NO_IDENTIFIERS : new int[count];
            for (int i = 0; i < count; i++) {
                identifiers[i] = small();
            }
            return new Target(clientId, flags & 3, (flags & 4) != 0, identifiers);
        }

        Message message() {
            MessageId id = new MessageId(number(), number());
            int flags = small();
            long arrived = number();
            long expires = number();
            int properties = small();
            int payload = small();
            byte[] body = new byte[buffer.remaining()];
            buffer.get(body);
            return new Message(id, body, properties, payload, flags & 3, (flags & 4) != 0, arrived, expires);
        }
    }
}
