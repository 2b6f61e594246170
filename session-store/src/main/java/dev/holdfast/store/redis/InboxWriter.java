// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Inbox;
import dev.holdfast.store.InboxEntry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.redisson.client.protocol.RedisStrictCommand;

/**
 * What one gateway appends to the inbox of another. Any thread.
 *
 * <p>An append is a plain XADD on a connection of its own: a script would bring the notes into Lua and out again, which
 * takes Redis several times as long. Whatever is wrong with it (no answer, another master, no such stream) the entry goes by the
 * lane then, which waits for Redis, under the same number.
 */
final class InboxWriter implements Inbox.Writer {
    /** Entries that a gateway may be behind. */
    private static final int MOST_ENTRIES = 20_000;

    /** Redisson's own wants another codec for its answer. */
    private static final RedisStrictCommand<byte[]> XADD = new RedisStrictCommand<>("XADD");

    private final RedisConnection connection;
    private final MasterLine line;
    private final String tag;
    private final String stream;
    private final boolean awaitsReplicas;
    private final AtomicReference<CompletableFuture<@Nullable Void>> last =
            new AtomicReference<>(CompletableFuture.completedFuture(null));

    InboxWriter(RedisConnection connection, String gateway) {
        this.connection = connection;
        tag = RedisKeys.tag(gateway);
        stream = connection.keys().inbox(tag);
        line = new MasterLine(
                connection, RedisKeys.slot(tag), connection.settings().responseTimeout());
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
    public void close() {
        line.close();
    }

    private CompletableFuture<@Nullable Void> add(InboxEntry entry) {
        byte[] number = Arguments.ascii(entry.number());
        byte[] name = ByteBuffer.allocate(Long.BYTES).putLong(entry.writer()).array();
        if (awaitsReplicas) {
            return addByLane(entry, number, name);
        }
        CompletableFuture<byte @Nullable []> added = line.ask(
                XADD,
                stream,
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
                        : addByLane(entry, number, name))
                .thenCompose(stored -> stored);
    }

    private CompletableFuture<@Nullable Void> addByLane(InboxEntry entry, byte[] number, byte[] name) {
        return connection.call(new ScriptCall<@Nullable Void>(
                Script.INBOX_APPEND,
                RedisKeys.slot(tag),
                List.of(stream),
                reply -> null,
                Arguments.ascii(MOST_ENTRIES),
                Arguments.ascii(RedisInbox.TTL.toMillis()),
                number,
                name,
                entry.body()));
    }
}
