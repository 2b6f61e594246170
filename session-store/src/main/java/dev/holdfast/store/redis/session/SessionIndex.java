// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The index of all sessions, by the time at which a sweep has to look at each: one sorted set per shard, each on a slot of its
 * own. Any thread.
 */
public final class SessionIndex {
    /** How many shards the index has. */
    public static final int SHARDS = Shards.COUNT;
    /** For how long a sweep keeps other sweeps from the sessions that it has taken, in ms. */
    private static final long LEASE_MILLIS = 5_000;

    private static final byte[] NEVER = {};

    private final RedisConnection connection;
    private final Shards shards;

    SessionIndex(RedisConnection connection) {
        this.connection = connection;
        shards = new Shards(connection);
    }

    /**
     * The due sessions of a shard.
     *
     * @param lease the score of these sessions until {@link #settle}
     */
    record Leased(int shard, long lease, List<String> clientIds) {}

    /** A page of client identifiers. */
    record Page(List<String> clientIds, @Nullable String nextCursor) {}

    /** Has a sweep look at a connected session from time to time, to renew its TTLs. Part of an attach. */
    CompletableFuture<Void> visitLater(String clientId, Duration expiry) {
        long interval = Math.max(
                Expiry.millis(expiry), connection.settings().visitInterval().toMillis());
        return schedule(clientId, connection.nowMillis() + interval, false);
    }

    /** Has a sweep look at a session at a time, in ms of Redis' time; never puts an earlier visit off. */
    CompletableFuture<Void> visitAt(String clientId, long atMillis) {
        return schedule(clientId, atMillis, true);
    }

    /** Takes the due sessions of a shard, for {@link #LEASE_MILLIS}. */
    CompletableFuture<Leased> due(int shard, int atMost) {
        return call(
                Script.DUE,
                shard,
                reply -> {
                    reply.status();
                    long lease = reply.number();
                    return new Leased(shard, lease, texts(reply));
                },
                Arguments.ascii(atMost),
                Arguments.ascii(LEASE_MILLIS));
    }

    /** Notes after a visit when the next one is, or 0 for none. Changes nothing if another time was set meanwhile. */
    CompletableFuture<Void> settle(Leased leased, String clientId, long nextMillis) {
        return call(
                Script.SETTLE,
                leased.shard(),
                SessionIndex::nothing,
                clientId.getBytes(StandardCharsets.UTF_8),
                Arguments.ascii(leased.lease()),
                nextMillis == 0 ? NEVER : Arguments.ascii(nextMillis));
    }

    /** Walks over all client identifiers. One that exists and is served all the time is met at least once. */
    CompletableFuture<Page> page(String cursor, int count) {
        return page(cursor, count, NEVER);
    }

    /**
     * Walks over the client identifiers that match a pattern of Redis. Redis looks at {@code count} of them and answers those that
     * match.
     *
     * @param cursor from an earlier page; any other one counts as the end
     * @param pattern empty for all
     */
    CompletableFuture<Page> page(String cursor, int count, byte[] pattern) {
        int colon = cursor.indexOf(':');
        int shard = colon < 0 ? 0 : Integer.parseInt(cursor.substring(0, colon));
        String within = colon < 0 ? "0" : cursor.substring(colon + 1);
        if (shard < 0 || shard >= SHARDS) {
            return CompletableFuture.completedFuture(new Page(List.of(), null));
        }
        String nextShard = shard + 1 == SHARDS ? null : shard + 1 + ":0";
        CompletableFuture<Page> page = call(
                Script.INDEX_PAGE,
                shard,
                reply -> {
                    reply.status();
                    String next = reply.text();
                    return new Page(reply.packedTexts(), "0".equals(next) ? nextShard : shard + ":" + next);
                },
                within.getBytes(StandardCharsets.US_ASCII),
                Arguments.ascii(count),
                pattern);
        return page.exceptionallyCompose(failure -> Failure.isPartAway(failure)
                ? CompletableFuture.completedFuture(new Page(List.of(), nextShard))
                : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<Void> schedule(String clientId, long atMillis, boolean waits) {
        int shard = shards.beside(RedisKeys.slot(RedisKeys.tag(clientId)));
        boolean isAway = shards.isAway(shard);
        ScriptCall<Void> call = scriptCall(
                Script.SCHEDULE,
                shard,
                SessionIndex::nothing,
                clientId.getBytes(StandardCharsets.UTF_8),
                Arguments.ascii(atMillis));
        call.waits = waits || isAway;
        CompletableFuture<Void> scheduled = connection.call(call);
        // The session does not wait for a part of Redis that it does not lie on.
        return isAway ? CompletableFuture.completedFuture(null) : scheduled;
    }

    /** A call that fails if its shard is away: its caller looks into all shards, and will look again. */
    private <T> CompletableFuture<T> call(Script script, int shard, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(scriptCall(script, shard, decoder, values).ifServed());
    }

    private <T> ScriptCall<T> scriptCall(Script script, int shard, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return new ScriptCall<>(
                script, Shards.slot(shard), List.of(connection.keys().index(shard)), decoder, values);
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
