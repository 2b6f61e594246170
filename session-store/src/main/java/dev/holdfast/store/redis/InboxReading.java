// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Inbox;
import dev.holdfast.store.Inbox.Reader;
import dev.holdfast.store.InboxEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.api.stream.StreamMessageId;

/**
 * A gateway reading its own inbox, one blocking read at a time. After a failure it goes on behind the last entry it has
 * read.
 */
final class InboxReading implements Inbox.Reading {
    /** How many entries may stand there though they have been read: taking each out would cost as much as reading it. */
    private static final int MOST_READ = 256;

    private static final long TRIM_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PAUSE_MILLIS = 100;

    private final RedisConnection connection;
    private final String tag;
    private final Reader reader;
    private final StreamReader stream;
    private volatile boolean closed;

    private volatile StreamMessageId last = new StreamMessageId(0, 0);

    // of the read that runs
    private int read;
    private long trimmedAtNanos = System.nanoTime();

    InboxReading(RedisConnection connection, String tag, Reader reader) {
        this.connection = connection;
        this.tag = tag;
        this.reader = reader;
        stream = new StreamReader(
                connection, RedisKeys.slot(tag), connection.keys().inbox(tag));
    }

    void begin() {
        if (closed) {
            return;
        }
        stream.after(last).whenComplete(this::heard);
    }

    @Override
    public void close() {
        closed = true;
        stream.close();
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
        boolean isIdle = true;
        if (entries != null && !entries.isEmpty()) {
            isIdle = false;
            entries.forEach(this::hand);
        }
        boolean isTime = isIdle || System.nanoTime() - trimmedAtNanos > TRIM_PERIOD_NANOS;
        if (read >= MOST_READ || (read > 0 && isTime)) {
            read = 0;
            trimmedAtNanos = System.nanoTime();
            leave();
        }
        begin();
    }

    private void hand(StreamMessageId id, Map<byte[], byte[]> fields) {
        byte[] notes = {};
        long writer = 0;
        long number = 0;
        for (Map.Entry<byte[], byte[]> field : fields.entrySet()) {
            switch (field.getKey()[0]) {
                case 'b' -> number = Long.parseLong(new String(field.getValue(), StandardCharsets.US_ASCII));
                case 'n' -> writer = ByteBuffer.wrap(field.getValue()).getLong();
                case 'm' -> notes = field.getValue();
                default -> {
                    // Of a later version.
                }
            }
        }
        last = id;
        read++;
        reader.entry(new InboxEntry(writer, number, notes));
    }

    /** What still stands there when this gateway dies is taken for unread. */
    @Override
    public void leave() {
        StreamMessageId read = last;
        connection.call(new ScriptCall<Void>(
                Script.INBOX_TRIM,
                RedisKeys.slot(tag),
                List.of(connection.keys().inbox(tag)),
                reply -> null,
                RedisClock.bytes(RedisInbox.TTL.toMillis()),
                (read.getId0() + "-" + (read.getId1() + 1)).getBytes(StandardCharsets.US_ASCII)));
    }
}
