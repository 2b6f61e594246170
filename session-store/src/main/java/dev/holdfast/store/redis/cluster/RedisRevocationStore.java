// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.Revocation;
import dev.holdfast.store.Revocation.Kind;
import dev.holdfast.store.RevocationStore;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Revocations in Redis, as three keys on one slot. The keys expire 400 days after the end of the last revocation. Any thread.
 *
 * <p>Each change has a version: Redis' time in microseconds, and greater than the version before. A gateway that asks for changes
 * sends the last version that it knows, so that asking costs one short call while nothing changes.
 */
public final class RedisRevocationStore implements RevocationStore {
    private final RedisConnection connection;
    private final List<Object> keys;
    private final byte[] most;

    /**
     * A store on a connection that other stores may share; closing the store leaves the connection open.
     *
     * @param most how many revocations are kept; lifted ones count until their end
     */
    public RedisRevocationStore(RedisConnection connection, int most) {
        this.connection = connection;
        this.keys = connection.keys().revocations();
        this.most = Arguments.ascii(most);
    }

    @Override
    public CompletionStage<Boolean> revoke(Revocation revocation) {
        return call(
                Script.REVOKE,
                reply -> {
                    reply.status();
                    return reply.number() == 1;
                },
                name(revocation.key()),
                Arguments.ascii(revocation.at().toEpochMilli()),
                Arguments.ascii(revocation.until().toEpochMilli()),
                most);
    }

    @Override
    public CompletionStage<Boolean> lift(Revocation.Key key) {
        return connection.call(ScriptCall.tellingRepetition(
                Script.UNREVOKE,
                RedisKeys.slot(RedisKeys.REVOCATIONS_TAG),
                keys,
                reply -> {
                    reply.status();
                    return reply.number() == 1;
                },
                name(key)));
    }

    @Override
    public CompletionStage<Changes> changesSince(long version, int atMost) {
        ScriptCall<Changes> asked = new ScriptCall<>(
                Script.REVOCATIONS,
                RedisKeys.slot(RedisKeys.REVOCATIONS_TAG),
                keys,
                reply -> {
                    reply.status();
                    boolean isAll = reply.number() == 1;
                    long now = reply.number();
                    List<Change> changes = new ArrayList<>(reply.remaining() / 4);
                    while (reply.hasNext()) {
                        Revocation.Key key = key(reply.text());
                        Instant at = Instant.ofEpochMilli(reply.number());
                        Instant until = Instant.ofEpochMilli(reply.number());
                        changes.add(new Change(new Revocation(key, at, until), reply.number() == 1));
                    }
                    return new Changes(changes, now, isAll);
                },
                Arguments.ascii(version),
                Arguments.ascii(atMost));
        return connection.call(asked.ifServed());
    }

    @Override
    public void close() {}

    private <T> CompletionStage<T> call(Script script, ScriptCall.Decoder<T> decoder, byte[]... values) {
        return connection.call(
                new ScriptCall<>(script, RedisKeys.slot(RedisKeys.REVOCATIONS_TAG), keys, decoder, values));
    }

    private static byte[] name(Revocation.Key key) {
        char kind = key.kind() == Kind.TOKEN ? 't' : 's';
        return (kind + key.issuer() + '\n' + key.value()).getBytes(StandardCharsets.UTF_8);
    }

    private static Revocation.Key key(String name) {
        int border = name.indexOf('\n');
        Kind kind = name.charAt(0) == 't' ? Kind.TOKEN : Kind.SUBJECT;
        return new Revocation.Key(kind, name.substring(1, border), name.substring(border + 1));
    }
}
