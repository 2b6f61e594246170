// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that a gateway holds, so that they can be found when it is dead. Each gateway has a set in Redis, on a cluster
 * sixteen sets, whose members are the nonces of its attaches with their client identifiers. Each attach has a member of its own:
 * so it does not matter in which order the end of an old connection and the beginning of a new one arrive, or whether an attach
 * is refused. A member may stay for nothing, for instance because its session's slot has moved in between. Then a reaper finds
 * no session of that attach, and no harm is done. Any thread.
 */
final class OwnedSessions {
    private static final Duration TTL = Expiry.MARGIN;

    /** The cursor at which a set begins, and that follows its last page. */
    static final String FIRST_PAGE = "0";

    /** The number of the one set of a gateway outside of a cluster, and of earlier releases on a cluster. */
    private static final int WHOLE = -1;

    private final RedisConnection connection;
    private final Shards shards;
    private final boolean isShared;
    /** The gateways of this process: one, except in tests. */
    private final Set<String> gateways = ConcurrentHashMap.newKeySet();

    OwnedSessions(RedisConnection connection) {
        this.connection = connection;
        shards = new Shards(connection);
        isShared = connection.isCluster();
    }

    /**
     * A page of one set.
     *
     * @param next the cursor of the next page; {@link #FIRST_PAGE} after the last page
     */
    record Page(List<Held> held, String next) {}

    /** One attach of a gateway, and the set in which it stands. */
    record Held(String clientId, byte[] nonce, int set) {}

    /** Adds an attach. */
    CompletableFuture<Void> join(String gateway, String clientId, byte[] nonce) {
        gateways.add(gateway);
        int set = setOf(clientId);
        boolean isAway = isShared && shards.isAway(set);
        ScriptCall<Void> call = scriptCall(
                Script.JOIN,
                gateway,
                set,
                OwnedSessions::nothing,
                member(clientId, nonce),
                Arguments.ascii(TTL.toMillis()));
        call.waits = isAway;
        CompletableFuture<Void> joined = connection.call(call);
        // The session does not wait for a part of Redis that it does not lie on.
        return isAway ? CompletableFuture.completedFuture(null) : joined;
    }

    /** Removes an attach of a gateway that has ended. */
    CompletableFuture<Void> leave(String gateway, String clientId, byte[] nonce) {
        return leave(gateway, new Held(clientId, nonce, setOf(clientId)));
    }

    /** Removes an attach that was read from a set. */
    CompletableFuture<Void> leave(String gateway, Held held) {
        return connection.call(scriptCall(
                Script.LEAVE,
                gateway,
                held.set(),
                OwnedSessions::nothing,
                member(held.clientId(), held.nonce()),
                Arguments.ascii(connection.terms().current())));
    }

    /** Removes a displaced attach, unless its gateway has to say first what becomes of the will; then the nonce is empty. */
    void displaced(String gateway, String clientId, byte[] nonce) {
        if (nonce.length > 0) {
            leave(gateway, clientId, nonce);
        }
    }

    /** Removes an attach of a gateway of this process. */
    void leave(String clientId, byte[] nonce) {
        for (String gateway : gateways) {
            leave(gateway, clientId, nonce);
        }
    }

    /** Some attaches of a gateway, by chance; those in a part of Redis that is away are left out. Empty if there is none. */
    CompletableFuture<List<Held>> some(String gateway, int atMost) {
        if (!isShared) {
            return some(gateway, WHOLE, atMost);
        }
        CompletableFuture<List<Held>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (int set = WHOLE; set < Shards.COUNT; set++) {
            CompletableFuture<List<Held>> its =
                    some(gateway, set, atMost / Shards.COUNT + 1).exceptionally(away -> List.of());
            all = all.thenCombine(its, (before, more) -> {
                before.addAll(more);
                return before;
            });
        }
        return all;
    }

    private CompletableFuture<List<Held>> some(String gateway, int set, int atMost) {
        return connection.call(scriptCall(
                        Script.OWNED_SOME,
                        gateway,
                        set,
                        reply -> {
                            reply.status();
                            return held(reply, set);
                        },
                        Arguments.ascii(atMost))
                .ifServed());
    }

    /** The numbers of all sets that a gateway may have. */
    int[] sets() {
        return IntStream.range(WHOLE, isShared ? Shards.COUNT : 0).toArray();
    }

    /**
     * A page of one set. Attaches that come or go during the walk may be missing, or be met twice.
     *
     * @param cursor where the page begins
     * @param about how many attaches, roughly
     */
    CompletableFuture<Page> page(String gateway, int set, String cursor, int about) {
        return page(gateway, set, cursor, about, Arguments.NOTHING);
    }

    /**
     * A page of the members that match a pattern of Redis.
     *
     * @param pattern empty for all
     */
    CompletableFuture<Page> page(String gateway, int set, String cursor, int about, byte[] pattern) {
        return connection.call(scriptCall(
                        Script.OWNED_PAGE,
                        gateway,
                        set,
                        reply -> {
                            reply.status();
                            String next = reply.text();
                            return new Page(held(reply, set), next);
                        },
                        Arguments.utf8(cursor),
                        Arguments.ascii(about),
                        pattern)
                .ifServed());
    }

    private static List<Held> held(Reply reply, int set) {
        List<Held> held = new ArrayList<>(reply.remaining());
        while (reply.hasNext()) {
            byte[] member = reply.bytes();
            String clientId = new String(
                    member, Arguments.NONCE_BYTES, member.length - Arguments.NONCE_BYTES, StandardCharsets.UTF_8);
            held.add(new Held(clientId, Arrays.copyOf(member, Arguments.NONCE_BYTES), set));
        }
        return held;
    }

    /** Renews the TTLs of the sets of this process. */
    void renew() {
        for (String gateway : gateways) {
            for (int set = isShared ? 0 : WHOLE; set < (isShared ? Shards.COUNT : 0); set++) {
                connection.call(
                        scriptCall(Script.RENEW, gateway, set, OwnedSessions::nothing, Arguments.ascii(TTL.toMillis()))
                                .ifServed());
            }
        }
    }

    private int setOf(String clientId) {
        return isShared ? shards.beside(RedisKeys.slot(RedisKeys.tag(clientId))) : WHOLE;
    }

    private <T> ScriptCall<T> scriptCall(
            Script script, String gateway, int set, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(gateway);
        RedisKeys names = connection.keys();
        return set == WHOLE
                ? new ScriptCall<>(script, RedisKeys.slot(tag), List.of(names.owned(tag)), decoder, values)
                : new ScriptCall<>(script, Shards.slot(set), List.of(names.owned(set, tag)), decoder, values);
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
