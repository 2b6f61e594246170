// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.Inbox.Reader;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.connection.StreamReader;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Script;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.api.stream.StreamMessageId;

/**
 * Reads one place of this gateway's own inbox, one blocking read at a time. After a failure it goes on behind the last entry that
 * it has read.
 */
final class InboxReading implements Inbox.Reading {
    /** How many entries that have been read may stay: removing each one would cost as much as reading it. */
    private static final int MOST_READ = 256;

    private static final long TRIM_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PAUSE_MILLIS = 100;

    private final RedisConnection connection;
    private final InboxPlaces.Place place;
    private final @Nullable InboxReading before;
    private final Reader reader;
    private final StreamReader stream;
    private volatile boolean closed;
    private volatile boolean isBehind = true;

    private volatile StreamMessageId last = new StreamMessageId(0, 0);

    // of the thread of the read that runs
    private int read;
    private long trimmedAtNanos = System.nanoTime();

    /**
     * A reading that has not begun.
     *
     * @param before the reading of the place that writers prefer to this one, whose entries are older; null for the first place
     */
    InboxReading(RedisConnection connection, InboxPlaces.Place place, @Nullable InboxReading before, Reader reader) {
        this.connection = connection;
        this.place = place;
        this.before = before;
        this.reader = reader;
        stream = new StreamReader(connection, place.slot(), place.stream());
    }

    /** Whether entries may be unread here that are older than those of the next place. */
    private boolean holdsUpOthers() {
        return isBehind && !connection.isAway(place.slot());
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
        boolean isIdle = entries == null || entries.isEmpty();
        if (failure != null || (!isIdle && before != null && before.holdsUpOthers())) {
            isBehind = true;
            try {
                connection.executor().schedule(this::begin, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                closed = true;
            }
            return;
        }
        if (entries != null) {
            entries.forEach(this::hand);
        }
        isBehind = entries != null && entries.size() >= StreamReader.MOST_ENTRIES;
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
                    // A field of a later release.
                }
            }
        }
        last = id;
        read++;
        reader.entry(new InboxEntry(writer, number, notes));
    }

    /** Removes what has been read: entries that stay when this gateway dies count as unread. */
    @Override
    public void leave() {
        StreamMessageId read = last;
        connection.call(new ScriptCall<Void>(
                        Script.INBOX_TRIM,
                        place.slot(),
                        List.of(place.stream()),
                        reply -> null,
                        Arguments.ascii(RedisInbox.TTL.toMillis()),
                        (read.getId0() + "-" + (read.getId1() + 1)).getBytes(StandardCharsets.US_ASCII))
                .ifServed());
    }
}
