// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.log;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.flag;
import static dev.holdfast.store.redis.script.Arguments.utf8;

import dev.holdfast.store.Message;
import dev.holdfast.store.log.Appended;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.log.LogLimits;
import dev.holdfast.store.log.LogPage;
import dev.holdfast.store.log.LogStore;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.SessionStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * All logs in Redis. Safe for any number of threads and gateways. Each operation is one script on the slot of the log's filter,
 * sent through the lane of that slot.
 *
 * <p>The list of all logs lies elsewhere and only reminds: the script on the log decides when it ends. An entry of the list may be
 * too early, or of no log, but is never missing: it is written before the log.
 */
public final class RedisLogStore implements LogStore {
    private static final int LIST_SLOT = RedisKeys.slot(RedisKeys.MEMBERS_TAG);
    /** For how long a sweep keeps other sweeps from the logs that it has taken, in ms. */
    private static final long LEASE_MILLIS = 5_000;

    private static final byte[] NEVER = {};

    private final RedisConnection connection;
    private final LogLimits limits;

    /** A store on a connection that others may share; closing the store leaves it open. */
    public RedisLogStore(RedisConnection connection, LogLimits limits) {
        this.connection = connection;
        this.limits = limits;
    }

    @Override
    public CompletionStage<LogEnds> keep(String filter, Duration atLeast) {
        long keptMillis = Expiry.millis(atLeast) + Expiry.millis(limits.rest());
        return list(Script.LOG_LIST, RedisLogStore::nothing, utf8(filter), ascii(keptMillis))
                .thenCompose(nothing -> onLog(
                        Script.LOG_KEEP,
                        filter,
                        reply -> {
                            reply.status();
                            return ends(reply);
                        },
                        ascii(keptMillis)));
    }

    @Override
    public CompletionStage<Appended> append(
            String filter, Message message, @Nullable String publisher, boolean mayRepeat) {
        String tag = RedisKeys.tag(filter);
        return connection.call(ScriptCall.tellingRepetition(
                Script.LOG_APPEND,
                RedisKeys.slot(tag),
                connection.keys().log(tag),
                RedisLogStore::appended,
                flag(mayRepeat),
                flag(message.qos() == 2),
                encode(message, publisher),
                ascii(limits.maxMessages()),
                ascii(limits.maxBytes()),
                ascii(connection.settings().dedupeWindow().toMillis())));
    }

    @Override
    public boolean isBehind() {
        return connection.isBehind();
    }

    private static Appended appended(Reply reply) {
        return switch (reply.status()) {
            case Reply.NO_LOG -> Appended.NOWHERE;
            case Reply.REPEATED -> new Appended(reply.number(), false);
            default -> new Appended(reply.number(), true);
        };
    }

    @Override
    public CompletionStage<@Nullable LogPage> read(String filter, long from, int maxMessages, int maxBytes) {
        int most = Math.max(1, Math.min(maxMessages, SessionStore.MOST_MESSAGES_A_READ));
        return onLog(
                Script.LOG_READ, filter, RedisLogStore::page, ascii(from), ascii(most), ascii(Math.max(1, maxBytes)));
    }

    private static @Nullable LogPage page(Reply reply) {
        if (reply.status() == Reply.NO_LOG) {
            return null;
        }
        LogEnds ends = ends(reply);
        List<LogEntry> entries = new ArrayList<>(reply.remaining() / 2);
        while (reply.hasNext()) {
            entries.add(decode(reply.number(), reply.bytes()));
        }
        return new LogPage(ends, entries);
    }

    @Override
    public CompletionStage<Names> names(String cursor, int about) {
        return list(
                Script.INDEX_PAGE,
                reply -> {
                    reply.status();
                    String next = reply.text();
                    return new Names(reply.packedTexts(), "0".equals(next) ? null : next);
                },
                utf8(cursor.isEmpty() ? "0" : cursor),
                ascii(about),
                NEVER);
    }

    @Override
    public CompletionStage<List<String>> sweep(int atMost) {
        return list(
                        Script.DUE,
                        reply -> {
                            reply.status();
                            return new Leased(reply.number(), texts(reply));
                        },
                        ascii(atMost),
                        ascii(LEASE_MILLIS))
                .thenCompose(this::end);
    }

    /**
     * Logs at which a sweep has to look.
     *
     * @param lease their score in the list meanwhile
     */
    private record Leased(long lease, List<String> filters) {}

    private CompletableFuture<List<String>> end(Leased leased) {
        CompletableFuture<List<String>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (String filter : leased.filters()) {
            CompletableFuture<Boolean> ended = onLog(Script.LOG_END, filter, reply -> {
                        boolean hasEnded = reply.status() == 1;
                        return new Visit(hasEnded, reply.number());
                    })
                    .thenCompose(visit -> list(
                                    Script.SETTLE,
                                    RedisLogStore::nothing,
                                    utf8(filter),
                                    ascii(leased.lease()),
                                    visit.nextMillis() == 0 ? NEVER : ascii(visit.nextMillis()))
                            .thenApply(nothing -> visit.hasEnded()));
            all = all.thenCombine(ended, (before, isOne) -> {
                if (isOne) {
                    before.add(filter);
                }
                return before;
            });
        }
        return all;
    }

    /** What the sweep has found at a log, and when it has to come again; 0 for never. */
    private record Visit(boolean hasEnded, long nextMillis) {}

    /** The connection is not the store's to close. */
    @Override
    public void close() {}

    private <T> CompletableFuture<T> onLog(
            Script script, String filter, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(filter);
        return connection.call(
                new ScriptCall<>(script, RedisKeys.slot(tag), connection.keys().log(tag), decoder, values));
    }

    private <T> CompletableFuture<T> list(Script script, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(
                new ScriptCall<>(script, LIST_SLOT, List.of(connection.keys().logs()), decoder, values));
    }

    private static LogEnds ends(Reply reply) {
        return new LogEnds(reply.number(), reply.number(), reply.number(), (int) reply.number());
    }

    /** The message as {@link MessageCodec} encodes it, behind the publisher: 1 + its length in 4 bytes, or 0 for none, then UTF-8. */
    private static byte[] encode(Message message, @Nullable String publisher) {
        byte[] name = publisher == null ? NEVER : utf8(publisher);
        byte[] entry = MessageCodec.encode(message);
        ByteBuffer out = ByteBuffer.allocate(4 + name.length + entry.length);
        return out.putInt(publisher == null ? 0 : 1 + name.length)
                .put(name)
                .put(entry)
                .array();
    }

    private static LogEntry decode(long index, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int length = in.getInt();
        String publisher = length == 0 ? null : new String(bytes, in.position(), length - 1, StandardCharsets.UTF_8);
        return new LogEntry(index, MessageCodec.decode(bytes, in.position() + Math.max(0, length - 1)), publisher);
    }

    private static List<String> texts(Reply reply) {
        List<String> texts = new ArrayList<>(reply.remaining());
        while (reply.hasNext()) {
            texts.add(reply.text());
        }
        return texts;
    }

    private static @Nullable Void nothing(Reply reply) {
        return null;
    }
}
