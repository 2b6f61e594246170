// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Inboxes as Redis streams. They outlive broken connections, and on a cluster the loss of the master that has one. Any thread. */
public final class RedisInbox implements Inbox {
    static final Duration TTL = Duration.ofDays(1);

    private final RedisConnection connection;

    /** Inboxes on a connection that other stores may share. */
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
            task.run(); // the connection is closed: the appends of the task fail
        }
    }

    @Override
    public CompletionStage<List<byte[]>> takeUnread(String gateway, int atMost) {
        CompletableFuture<List<byte[]>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (InboxPlaces.Place place : InboxPlaces.of(connection, gateway)) {
            CompletableFuture<List<byte[]>> some = takeUnread(place, atMost)
                    .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                            ? CompletableFuture.completedFuture(List.of())
                            : CompletableFuture.failedFuture(failure));
            all = all.thenCombine(some, (before, more) -> {
                before.addAll(more);
                return before;
            });
        }
        return all;
    }

    private CompletableFuture<List<byte[]>> takeUnread(InboxPlaces.Place place, int atMost) {
        return connection.call(new ScriptCall<>(
                        Script.INBOX_TAKE,
                        place.slot(),
                        List.of(place.stream()),
                        reply -> {
                            reply.status();
                            List<byte[]> notes = new ArrayList<>();
                            while (reply.hasNext()) {
                                notes.addAll(new InboxEntry(0, 0, reply.bytes()).notes());
                            }
                            return notes;
                        },
                        Arguments.ascii(atMost))
                .ifServed());
    }

    @Override
    public Reading read(String gateway, Reader reader) {
        List<InboxReading> readings = new ArrayList<>();
        for (InboxPlaces.Place place : InboxPlaces.of(connection, gateway)) {
            InboxReading before = readings.isEmpty() ? null : readings.get(0);
            readings.add(new InboxReading(connection, place, before, inOrder(reader)));
        }
        readings.forEach(InboxReading::begin);
        return readings.size() == 1 ? readings.get(0) : new AllReadings(readings);
    }

    /** A reader that is called by one reading at a time. */
    private static Reader inOrder(Reader reader) {
        return entry -> {
            synchronized (reader) {
                reader.entry(entry);
            }
        };
    }

    /** The readings of all places. */
    private record AllReadings(List<InboxReading> readings) implements Reading {
        @Override
        public void leave() {
            readings.forEach(InboxReading::leave);
        }

        @Override
        public void close() {
            readings.forEach(InboxReading::close);
        }
    }
}
