// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.session.LogCursor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Encodes cursors in logs as fields of a session's hash. The name of a field, behind a tilde, is the slot in one byte and the filter.
 * The value is:
 *
 * <pre>
 *   8   first index that is not done
 *   1   1 + how far the highest index that may have been sent lies above it; 0 if none has
 *   1   1 + how far the index lies above it before which the subscription has ended; 0 if it goes on
 *   1   how many indexes follow that are done
 *   *   how far each lies above the first one, a byte each
 *   1   how many indexes follow whose PUBREC has come
 *   *   how far each lies above the first one, a byte each
 *   *   the options, as SubscriptionOptions encodes them
 * </pre>
 */
final class CursorCodec {
    private static final int FIXED = 8 + 1 + 1 + 1 + 1;

    private CursorCodec() {}

    /** The arguments of a script: these, then the name and the value of each cursor, an empty one where it is over. */
    static byte[][] behind(List<LogCursor> cursors, byte[]... first) {
        byte[][] values = Arrays.copyOf(first, first.length + 2 * cursors.size());
        int next = first.length;
        for (LogCursor cursor : cursors) {
            values[next++] = name(cursor.name());
            values[next++] = cursor.isOver() ? Arguments.NOTHING : encode(cursor);
        }
        return values;
    }

    /** The name of a cursor's field, without the tilde. */
    static byte[] name(LogCursor.Name name) {
        byte[] filter = name.filter().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + filter.length)
                .put((byte) name.slot())
                .put(filter)
                .array();
    }

    private static byte[] encode(LogCursor cursor) {
        byte[] options = SubscriptionOptions.encode(cursor.subscription());
        ByteBuffer out = ByteBuffer.allocate(FIXED + cursor.done().length + cursor.released().length + options.length);
        long first = cursor.first();
        out.putLong(first);
        out.put((byte) (cursor.sent() - first + 1));
        out.put((byte) (cursor.end() == 0 ? 0 : cursor.end() - first + 1));
        put(out, cursor.done(), first);
        put(out, cursor.released(), first);
        return out.put(options).array();
    }

    private static void put(ByteBuffer out, long[] indexes, long first) {
        out.put((byte) indexes.length);
        for (long index : indexes) {
            out.put((byte) (index - first));
        }
    }

    private static LogCursor decode(byte[] name, byte[] value) {
        int slot = name[0] & 0xFF;
        String filter = new String(name, 1, name.length - 1, StandardCharsets.UTF_8);
        ByteBuffer in = ByteBuffer.wrap(value);
        long first = in.getLong();
        long sent = first - 1 + (in.get() & 0xFF);
        int end = in.get() & 0xFF;
        long[] done = indexes(in, first);
        long[] released = indexes(in, first);
        byte[] options = Arrays.copyOfRange(value, in.position(), value.length);
        return new LogCursor(
                slot,
                SubscriptionOptions.decode(filter, options),
                first,
                sent,
                end == 0 ? 0 : first - 1 + end,
                done,
                released);
    }

    private static long[] indexes(ByteBuffer in, long first) {
        long[] indexes = new long[in.get() & 0xFF];
        for (int i = 0; i < indexes.length; i++) {
            indexes[i] = first + (in.get() & 0xFF);
        }
        return indexes;
    }

    /** Reads the number of cursors, then their names and values. */
    static List<LogCursor> decodeAll(Reply reply) {
        int count = (int) reply.number();
        List<LogCursor> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(decode(reply.bytes(), reply.bytes()));
        }
        return all;
    }
}
