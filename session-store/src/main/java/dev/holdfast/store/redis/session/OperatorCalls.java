// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.OperatorAccess;
import dev.holdfast.store.session.QueuedMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks and orders. Every call is bounded. A part of Redis that is away is left out of lists; a call on one session
 * there fails. Any thread.
 */
final class OperatorCalls implements OperatorAccess {
    private static final int MOST_MESSAGES = 1_024;
    private static final byte[] ANY_NONCE = "?".repeat(Arguments.NONCE_BYTES).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ALL = {};

    private final RedisConnection connection;
    private final SessionCalls calls;
    private final SessionIndex index;
    private final OwnedSessions owned;
    private final KeptSessions kept;

    OperatorCalls(
            RedisConnection connection,
            SessionCalls calls,
            SessionIndex index,
            OwnedSessions owned,
            KeptSessions kept) {
        this.connection = connection;
        this.calls = calls;
        this.index = index;
        this.owned = owned;
        this.kept = kept;
    }

    @Override
    public CompletableFuture<NamePage> names(String prefix, String cursor, int about) {
        byte[] pattern = prefix.isEmpty() ? ALL : pattern(ALL, prefix);
        return index.page(cursor, about, pattern)
                .thenApply(page -> new NamePage(List.copyOf(new LinkedHashSet<>(page.clientIds())), page.nextCursor()));
    }

    /** The cursor is the number of the set, then the cursor within. */
    @Override
    public CompletableFuture<NamePage> heldBy(String gateway, String prefix, String cursor, int about) {
        int[] sets = owned.sets();
        int colon = cursor.indexOf(':');
        int at = colon < 0 ? 0 : Integer.parseInt(cursor.substring(0, colon));
        String within = colon < 0 ? OwnedSessions.FIRST_PAGE : cursor.substring(colon + 1);
        if (at < 0 || at >= sets.length) {
            return CompletableFuture.completedFuture(new NamePage(List.of(), null));
        }
        String nextSet = at + 1 == sets.length ? null : at + 1 + ":" + OwnedSessions.FIRST_PAGE;
        byte[] pattern = prefix.isEmpty() ? ALL : pattern(ANY_NONCE, prefix);
        return owned.page(gateway, sets[at], within, about, pattern)
                .thenApply(page -> {
                    Set<String> names = new LinkedHashSet<>();
                    page.held().forEach(held -> names.add(held.clientId()));
                    boolean isLast = page.next().equals(OwnedSessions.FIRST_PAGE);
                    return new NamePage(List.copyOf(names), isLast ? nextSet : at + ":" + page.next());
                })
                .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                        ? CompletableFuture.completedFuture(new NamePage(List.of(), nextSet))
                        : CompletableFuture.failedFuture(failure));
    }

    @Override
    public CompletableFuture<@Nullable List<QueuedMessage>> peek(
            String clientId, long fromSeq, int maxMessages, int maxBytes) {
        return calls.wholeIfServed(
                Script.PEEK,
                clientId,
                reply -> {
                    if (reply.status() == 0) {
                        return null;
                    }
                    List<QueuedMessage> messages = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        messages.add(MessageCodec.decodeQueued(reply.bytes()));
                    }
                    return messages;
                },
                ascii(Math.max(0, fromSeq)),
                ascii(Math.max(1, Math.min(maxMessages, MOST_MESSAGES))),
                ascii(maxBytes));
    }

    /** A session in a part of Redis that is away counts as one with an empty queue. */
    @Override
    public CompletableFuture<QueuePage> queues(String cursor, int about) {
        return index.page(cursor, about).thenCompose(page -> {
            List<CompletableFuture<Queued>> each =
                    page.clientIds().stream().distinct().map(this::queued).toList();
            return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                    .thenApply(nothing -> {
                        long messages = 0;
                        long bytes = 0;
                        for (CompletableFuture<Queued> one : each) {
                            messages += one.join().messages();
                            bytes += one.join().bytes();
                        }
                        return new QueuePage(messages, bytes, page.nextCursor());
                    });
        });
    }

    private record Queued(long messages, long bytes) {
        private static final Queued NOTHING = new Queued(0, 0);
    }

    private CompletableFuture<Queued> queued(String clientId) {
        return calls.<Queued>wholeIfServed(
                        Script.QUEUED_SUM,
                        clientId,
                        reply -> reply.status() == 0 ? Queued.NOTHING : new Queued(reply.number(), reply.number()))
                .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                        ? CompletableFuture.completedFuture(Queued.NOTHING)
                        : CompletableFuture.failedFuture(failure));
    }

    @Override
    public CompletableFuture<@Nullable Purged> purge(String clientId) {
        return calls.<Purged>wholeIfServed(Script.PURGE, clientId, reply -> {
            if (reply.status() == 0) {
                return null;
            }
            int gone = (int) reply.number();
            return new Purged(gone, textOrNull(reply));
        });
    }

    @Override
    public CompletableFuture<@Nullable Prolonged> prolong(String clientId, Duration expiry) {
        return calls.<Prolonged>wholeIfServed(
                Script.PROLONG,
                clientId,
                reply -> {
                    int status = reply.status();
                    if (status == 0) {
                        return null;
                    }
                    Prolonged prolonged = new Prolonged(status == 1, textOrNull(reply));
                    long visit = reply.number();
                    String principal = reply.text();
                    if (visit > 0) {
                        index.visitAt(clientId, visit);
                        kept.visited(principal, visit - connection.nowMillis());
                    }
                    return prolonged;
                },
                ascii(Expiry.millis(expiry)));
    }

    private static @Nullable String textOrNull(Reply reply) {
        String text = reply.text();
        return text.isEmpty() ? null : text;
    }

    /** A pattern of Redis that matches names with a prefix; special characters in the prefix are escaped. */
    private static byte[] pattern(byte[] before, String prefix) {
        String escaped = prefix.replaceAll("([\\\\*?\\[\\]^-])", "\\\\$1") + "*";
        byte[] utf8 = escaped.getBytes(StandardCharsets.UTF_8);
        byte[] pattern = new byte[before.length + utf8.length];
        System.arraycopy(before, 0, pattern, 0, before.length);
        System.arraycopy(utf8, 0, pattern, before.length, utf8.length);
        return pattern;
    }
}
