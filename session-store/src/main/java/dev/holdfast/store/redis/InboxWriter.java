// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Inbox;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.redisson.client.protocol.RedisStrictCommand;

/**
 * What one gateway appends to the inbox of another. Its entries bear its name and are numbered: their reader leaves out
 * what came again, and sees what it has missed. Any thread.
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
    private final byte[] name = Arguments.nonce();
    private final boolean awaitsReplicas;
    private final AtomicReference<CompletableFuture<@Nullable Void>> last =
            new AtomicReference<>(CompletableFuture.completedFuture(null));

    /** Of the append that is under way. */
    private long number;

    InboxWriter(RedisConnection connection, String gateway) {
        this.connection = connection;
        tag = RedisKeys.tag(gateway);
        stream = connection.keys().inbox(tag);
        line = new MasterLine(
                connection, RedisKeys.slot(tag), connection.settings().responseTimeout());
        awaitsReplicas = connection.settings().durability().replicas() > 0;
    }

    @Override
    public CompletableFuture<@Nullable Void> append(List<byte[]> notes) {
        byte[] entry = joined(notes);
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> before = last.getAndSet(done);
        before.whenComplete((nothing, failure) -> {
            number++;
            add(entry, Arguments.ascii(number)).whenComplete((added, lost) -> {
                if (lost == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(lost);
                }
            });
        });
        return done;
    }

    @Override
    public void close() {
        line.close();
    }

    private CompletableFuture<@Nullable Void> add(byte[] entry, byte[] numbered) {
        if (awaitsReplicas) {
            return addByLane(entry, numbered);
        }
        CompletableFuture<byte @Nullable []> added = line.ask(
                XADD, stream, "NOMKSTREAM", "MAXLEN", "~", MOST_ENTRIES, "*", "b", numbered, "n", name, "m", entry);
        return added.handle((id, failure) -> id != null
                        ? CompletableFuture.<@Nullable Void>completedFuture(null)
                        : addByLane(entry, numbered))
                .thenCompose(stored -> stored);
    }

    private CompletableFuture<@Nullable Void> addByLane(byte[] entry, byte[] numbered) {
        return connection.call(new ScriptCall<@Nullable Void>(
                Script.INBOX_APPEND,
                RedisKeys.slot(tag),
                List.of(stream),
                reply -> null,
                Arguments.ascii(MOST_ENTRIES),
                Arguments.ascii(RedisInbox.TTL.toMillis()),
                numbered,
                name,
                entry));
    }

    private static byte[] joined(List<byte[]> notes) {
        int size = 0;
        for (byte[] note : notes) {
            size += 4 + note.length;
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (byte[] note : notes) {
            all.putInt(note.length).put(note);
        }
        return all.array();
    }
}
