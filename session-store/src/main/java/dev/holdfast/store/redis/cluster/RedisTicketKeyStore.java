// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.TicketKey;
import dev.holdfast.store.TicketKeyStore;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Keys of TLS tickets in Redis, as one small key, by Redis' clock. It goes when no gateway has asked for as long as a key is kept. An
 * operator who deletes it takes all tickets back. Any thread.
 */
public final class RedisTicketKeyStore implements TicketKeyStore {
    private final RedisConnection connection;
    private final List<Object> keys;
    private final Life life;

    /** A store on a connection that other stores may share; closing the store leaves the connection open. */
    public RedisTicketKeyStore(RedisConnection connection, Life life) {
        this.connection = connection;
        this.keys = List.of(connection.keys().ticketKeys());
        this.life = life;
    }

    /** Fails as soon as the part of Redis with the key is known to be away. */
    @Override
    public CompletionStage<List<TicketKey>> keys(byte[] fresh) {
        ScriptCall<List<TicketKey>> asked = new ScriptCall<>(
                Script.TICKET_KEYS,
                RedisKeys.slot(RedisKeys.MEMBERS_TAG),
                keys,
                reply -> {
                    reply.status();
                    List<TicketKey> known = new ArrayList<>(reply.remaining() / 2);
                    while (reply.hasNext()) {
                        byte[] bytes = reply.bytes();
                        known.add(new TicketKey(bytes, Duration.ofMillis(reply.number())));
                    }
                    return known;
                },
                fresh,
                Arguments.ascii(life.renewedAfter().toMillis()),
                Arguments.ascii(life.keptFor().toMillis()));
        return connection.call(asked.ifServed());
    }

    @Override
    public void close() {}
}
