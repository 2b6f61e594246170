// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.cluster.Inbox;
import dev.holdfast.store.cluster.InboxEntry;
import dev.holdfast.store.redis.connection.MasterLine;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Script;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.redisson.client.protocol.RedisStrictCommand;

/**
 * Appends entries of one gateway to the inbox of another. Any thread.
 *
 * <p>An append is a plain XADD on a connection of its own: a script would copy the notes into Lua and out again, which takes Redis
 * several times as long. If the XADD fails for any reason (no answer, another master, no such stream), the entry goes through the
 * lane, under the same number, and waits there for Redis. If the part of a cluster that has this place is away, it goes to another
 * place.
 */
final class InboxWriter implements Inbox.Writer {
    /** How many entries an inbox holds. */
    private static final int MOST_ENTRIES = 20_000;

    /** Redisson's own XADD decodes the answer with another codec. */
    private static final RedisStrictCommand<byte[]> XADD = new RedisStrictCommand<>("XADD");

    /** After so long the reader has read what was written to another place, and the first place is used again. */
    private static final long READ_BY_THEN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final RedisConnection connection;
    private final List<InboxPlaces.Place> places;
    private final @Nullable MasterLine[] lines;
    private final boolean awaitsReplicas;
    private final AtomicReference<CompletableFuture<@Nullable Void>> last =
            new AtomicReference<>(CompletableFuture.completedFuture(null));

    // of the thread of the append that is under way
    private volatile int at;
    private volatile long addedAtNanos;
    private volatile boolean closed;

    InboxWriter(RedisConnection connection, String gateway) {
        this.connection = connection;
        places = InboxPlaces.of(connection, gateway);
        lines = new MasterLine[places.size()];
        awaitsReplicas = connection.settings().durability().replicas() > 0;
    }

    @Override
    public CompletableFuture<@Nullable Void> append(InboxEntry entry) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> before = last.getAndSet(done);
        before.whenComplete((nothing, failure) -> add(entry).whenComplete((added, lost) -> {
            if (lost == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(lost);
            }
        }));
        return done;
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (MasterLine line : lines) {
            if (line != null) {
                line.close();
            }
        }
    }

    private synchronized MasterLine line(int place) {
        MasterLine line = lines[place];
        if (line == null) {
            line = new MasterLine(
                    connection, places.get(place).slot(), connection.settings().responseTimeout());
            lines[place] = line;
            if (closed) {
                line.close();
            }
        }
        return line;
    }

    private CompletableFuture<@Nullable Void> add(InboxEntry entry) {
        if (at != 0 && System.nanoTime() - addedAtNanos > READ_BY_THEN_NANOS) {
            at = 0;
        }
        for (int i = 1; i < places.size() && connection.isAway(places.get(at).slot()); i++) {
            at = (at + 1) % places.size();
        }
        return addAt(at, entry)
                // The entry may be stored in the first place too: the reader knows it by its number.
                .exceptionallyCompose(
                        failure -> Failure.isPartAway(failure) ? add(entry) : CompletableFuture.failedFuture(failure))
                .whenComplete((nothing, failure) -> addedAtNanos = System.nanoTime());
    }

    private CompletableFuture<@Nullable Void> addAt(int place, InboxEntry entry) {
        byte[] number = Arguments.ascii(entry.number());
        byte[] name = ByteBuffer.allocate(Long.BYTES).putLong(entry.writer()).array();
        if (awaitsReplicas) {
            return addByLane(place, entry, number, name);
        }
        CompletableFuture<byte @Nullable []> added = line(place)
                .ask(
                        XADD,
                        places.get(place).stream(),
                        "NOMKSTREAM",
                        "MAXLEN",
                        "~",
                        MOST_ENTRIES,
                        "*",
                        "b",
                        number,
                        "n",
                        name,
                        "m",
                        entry.body());
        return added.handle((id, failure) -> id != null
                        ? CompletableFuture.<@Nullable Void>completedFuture(null)
                        : addByLane(place, entry, number, name))
                .thenCompose(stored -> stored);
    }

    private CompletableFuture<@Nullable Void> addByLane(int place, InboxEntry entry, byte[] number, byte[] name) {
        ScriptCall<@Nullable Void> call = new ScriptCall<>(
                Script.INBOX_APPEND,
                places.get(place).slot(),
                List.of(places.get(place).stream()),
                reply -> null,
                Arguments.ascii(MOST_ENTRIES),
                Arguments.ascii(RedisInbox.TTL.toMillis()),
                number,
                name,
                entry.body());
        boolean hasAnother = places.stream().anyMatch(other -> !connection.isAway(other.slot()));
        return connection.call(hasAnother ? call.ifServed() : call);
    }
}
