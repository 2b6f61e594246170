// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Inbox;
import dev.holdfast.store.InboxEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Inboxes as streams, which outlive broken connections. Any thread. */
public final class RedisInbox implements Inbox {
    static final Duration TTL = Duration.ofHours(1);

    private final RedisConnection connection;

    /** Inboxes on a connection that others may share. */
    public RedisInbox(RedisConnection connection) {
        this.connection = connection;
    }

    @Override
    public Writer writer(String gateway) {
        return new InboxWriter(connection, gateway);
    }

    @Override
    public void later(long nanos, Runnable task) {
        try {
            connection.sender().schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            task.run(); // closed: what the task appends fails
        }
    }

    @Override
    public CompletionStage<List<byte[]>> takeUnread(String gateway, int atMost) {
        String tag = RedisKeys.tag(gateway);
        return connection.call(new ScriptCall<>(
                Script.INBOX_TAKE,
                RedisKeys.slot(tag),
                List.of(connection.keys().inbox(tag)),
                reply -> {
                    reply.status();
                    List<byte[]> notes = new ArrayList<>();
                    while (reply.hasNext()) {
                        notes.addAll(new InboxEntry(0, 0, reply.bytes()).notes());
                    }
                    return notes;
                },
                RedisClock.bytes(atMost)));
    }

    @Override
    public Reading read(String gateway, Reader reader) {
        InboxReading reading = new InboxReading(connection, RedisKeys.tag(gateway), reader);
        reading.begin();
        return reading;
    }
}
