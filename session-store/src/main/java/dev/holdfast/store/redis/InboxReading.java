// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Inbox.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RStream;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadArgs;
import org.redisson.client.codec.ByteArrayCodec;

/**
 * A gateway reading its own inbox: one blocking read at a time, on a connection of its own while it lasts. After a
 * failure it goes on behind the last entry it has read.
 */
final class InboxReading implements AutoCloseable {
    /** Finite: Redisson watches over a read by its own timeout. */
    private static final Duration BLOCK = Duration.ofSeconds(2);

    private static final int MOST_ENTRIES = 256;
    private static final long PAUSE_MILLIS = 100;

    private final RedisConnection connection;
    private final String tag;
    private final Reader reader;
    private final RStream<byte[], byte[]> stream;
    private volatile boolean closed;

    // of the read that runs
    private StreamMessageId last = new StreamMessageId(0, 0);
    private long lastNumber;

    InboxReading(RedisConnection connection, String tag, Reader reader) {
        this.connection = connection;
        this.tag = tag;
        this.reader = reader;
        stream = connection.redisson().getStream(connection.keys().inbox(tag), ByteArrayCodec.INSTANCE);
    }

    void begin() {
        if (closed) {
            return;
        }
        stream.readAsync(StreamReadArgs.greaterThan(last).count(MOST_ENTRIES).timeout(BLOCK))
                .whenComplete(this::heard);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void heard(@Nullable Map<StreamMessageId, Map<byte[], byte[]>> entries, @Nullable Throwable failure) {
        if (closed) {
            return;
        }
        if (failure != null) {
            try {
                connection.executor().schedule(this::begin, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                closed = true;
            }
            return;
        }
        if (entries != null && !entries.isEmpty()) {
            entries.forEach(this::hand);
            trim();
        }
        begin();
    }

    private void hand(StreamMessageId id, Map<byte[], byte[]> fields) {
        byte[] notes = {};
        long number = 0;
        for (Map.Entry<byte[], byte[]> field : fields.entrySet()) {
            switch (field.getKey()[0]) {
                case 'b' -> number = Long.parseLong(new String(field.getValue(), StandardCharsets.US_ASCII));
                case 'm' -> notes = field.getValue();
                default -> {
                    // The nonce is for a retry of the append.
                }
            }
        }
        boolean isFirst = last.getId0() == 0;
        if (!isFirst && number != lastNumber + 1) {
            reader.lost();
        }
        last = id;
        lastNumber = number;
        List<byte[]> all = new ArrayList<>();
        split(notes, all);
        reader.notes(all);
    }

    /** Takes the notes of one entry apart. */
    static void split(byte[] entry, List<byte[]> notes) {
        ByteBuffer in = ByteBuffer.wrap(entry);
        while (in.hasRemaining()) {
            byte[] note = new byte[in.getInt()];
            in.get(note);
            notes.add(note);
        }
    }

    /** At once: what still stands there when this gateway dies is taken for unread. */
    private void trim() {
        connection.call(new ScriptCall<Void>(
                Script.INBOX_TRIM,
                RedisKeys.slot(tag),
                List.of(connection.keys().inbox(tag)),
                reply -> null,
                (last.getId0() + "-" + (last.getId1() + 1)).getBytes(StandardCharsets.US_ASCII)));
    }
}
