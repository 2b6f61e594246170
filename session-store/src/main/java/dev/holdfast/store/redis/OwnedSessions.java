// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions a gateway holds, so that they can be found when it is dead: a set a gateway, of the nonces of its
 * attaches with their client identifiers. Each attach has a member of its own, so that the order in which an old
 * connection's end and a new one's beginning arrive does not matter, nor an attach that is refused. Any thread.
 */
final class OwnedSessions {
    private static final Duration TTL = Duration.ofHours(1);

    private static final int NONCE = 8;

    private final RedisConnection connection;
    /** The gateways of this process: one, but for tests. */
    private final Set<String> gateways = ConcurrentHashMap.newKeySet();

    OwnedSessions(RedisConnection connection) {
        this.connection = connection;
    }

    /** One attach of a gateway. */
    record Held(String clientId, byte[] nonce) {}

    CompletableFuture<Void> join(String gateway, String clientId, byte[] nonce) {
        gateways.add(gateway);
        return call(Script.JOIN, gateway, member(clientId, nonce), RedisClock.bytes(TTL.toMillis()));
    }

    /** An attach at a known gateway has ended. */
    CompletableFuture<Void> leave(String gateway, String clientId, byte[] nonce) {
        return call(Script.LEAVE, gateway, member(clientId, nonce));
    }

    /** A displaced attach is off its gateway's list, unless its will waits for that gateway's word. */
    void displaced(String gateway, String clientId, byte[] nonce) {
        if (nonce.length > 0) {
            leave(gateway, clientId, nonce);
        }
    }

    /** An attach at this process has ended. */
    void leave(String clientId, byte[] nonce) {
        for (String gateway : gateways) {
            leave(gateway, clientId, nonce);
        }
    }

    /** Some of what a gateway holds; empty if it holds nothing. */
    CompletableFuture<List<Held>> some(String gateway, int atMost) {
        String tag = RedisKeys.tag(gateway);
        return connection.call(new ScriptCall<>(
                Script.OWNED_SOME,
                RedisKeys.slot(tag),
                List.of(connection.keys().owned(tag)),
                reply -> {
                    reply.status();
                    List<Held> held = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        byte[] member = reply.bytes();
                        String clientId = new String(member, NONCE, member.length - NONCE, StandardCharsets.UTF_8);
                        held.add(new Held(clientId, Arrays.copyOf(member, NONCE)));
                    }
                    return held;
                },
                RedisClock.bytes(atMost)));
    }

    /** Renews the TTL behind what this process holds. */
    void renew() {
        for (String gateway : gateways) {
            call(Script.RENEW, gateway, RedisClock.bytes(TTL.toMillis()));
        }
    }

    private CompletableFuture<Void> call(Script script, String gateway, byte[]... values) {
        String tag = RedisKeys.tag(gateway);
        return connection.call(new ScriptCall<>(
                script, RedisKeys.slot(tag), List.of(connection.keys().owned(tag)), OwnedSessions::nothing, values));
    }

    private static byte[] member(String clientId, byte[] nonce) {
        byte[] name = clientId.getBytes(StandardCharsets.UTF_8);
        byte[] member = Arrays.copyOf(nonce, nonce.length + name.length);
        System.arraycopy(name, 0, member, nonce.length, name.length);
        return member;
    }

    private static @Nullable Void nothing(Reply reply) {
        return null;
    }
}
