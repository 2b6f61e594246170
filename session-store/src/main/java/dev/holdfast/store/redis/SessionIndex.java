// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Every session, by the time at which a sweep has to look at it: one sorted set a shard, each on a slot of its own.
 * Any thread.
 */
final class SessionIndex {
    static final int SHARDS = 16;
    /** For how long a sweep that dies keeps others from what it has taken. */
    private static final long LEASE_MILLIS = 5_000;

    private static final byte[] NEVER = {};

    private final RedisConnection connection;

    SessionIndex(RedisConnection connection) {
        this.connection = connection;
    }

    /**
     * What a shard has due.
     *
     * @param lease the score that stands beside them until {@link #settle}
     */
    record Leased(int shard, long lease, List<String> clientIds) {}

    /** Some of all client identifiers. */
    record Page(List<String> clientIds, @Nullable String nextCursor) {}

    /** Has a connected session looked at from time to time, so that its TTLs are renewed. Part of an attach. */
    CompletableFuture<Void> visitLater(String clientId, Duration expiry) {
        long interval = Math.max(
                Expiry.millis(expiry), connection.settings().visitInterval().toMillis());
        ScriptCall<Void> call = schedule(clientId, RedisClock.bytes(connection.nowMillis() + interval));
        call.waits = false;
        return connection.call(call);
    }

    CompletableFuture<Void> visitAt(String clientId, long atMillis) {
        return connection.call(schedule(clientId, RedisClock.bytes(atMillis)));
    }

    /** Takes what is due in one shard, for {@link #LEASE_MILLIS}. */
    CompletableFuture<Leased> due(int shard, int atMost) {
        return call(
                Script.DUE,
                shard,
                reply -> {
                    reply.status();
                    long lease = reply.number();
                    return new Leased(shard, lease, texts(reply));
                },
                RedisClock.bytes(atMost),
                RedisClock.bytes(LEASE_MILLIS));
    }

    /** After a visit: when to come again, or 0 for never; nothing if somebody has set another time meanwhile. */
    CompletableFuture<Void> settle(Leased leased, String clientId, long nextMillis) {
        return call(
                Script.SETTLE,
                leased.shard(),
                SessionIndex::nothing,
                clientId.getBytes(StandardCharsets.UTF_8),
                RedisClock.bytes(leased.lease()),
                nextMillis == 0 ? NEVER : RedisClock.bytes(nextMillis));
    }

    /** Walks over all client identifiers; one that is there all the time is met at least once. */
    CompletableFuture<Page> page(String cursor, int count) {
        int colon = cursor.indexOf(':');
        int shard = colon < 0 ? 0 : Integer.parseInt(cursor.substring(0, colon));
        String within = colon < 0 ? "0" : cursor.substring(colon + 1);
        return call(
                Script.INDEX_PAGE,
                shard,
                reply -> {
                    reply.status();
                    String next = reply.text();
                    List<String> clientIds = texts(reply);
                    if (!"0".equals(next)) {
                        return new Page(clientIds, shard + ":" + next);
                    }
                    return new Page(clientIds, shard + 1 == SHARDS ? null : shard + 1 + ":0");
                },
                within.getBytes(StandardCharsets.US_ASCII),
                RedisClock.bytes(count));
    }

    private ScriptCall<Void> schedule(String clientId, byte[] at) {
        int shard = RedisKeys.slot(RedisKeys.tag(clientId)) % SHARDS;
        return scriptCall(Script.SCHEDULE, shard, SessionIndex::nothing, clientId.getBytes(StandardCharsets.UTF_8), at);
    }

    private <T> CompletableFuture<T> call(Script script, int shard, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(scriptCall(script, shard, decoder, values));
    }

    private <T> ScriptCall<T> scriptCall(Script script, int shard, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return new ScriptCall<>(
                script,
                RedisKeys.slot(Integer.toString(shard)),
                List.of(connection.keys().index(shard)),
                decoder,
                values);
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
