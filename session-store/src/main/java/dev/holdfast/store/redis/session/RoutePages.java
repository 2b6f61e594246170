// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.lane.ScriptCall;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.SessionStore.RoutePage;
import dev.holdfast.store.session.SessionStore.Routed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Reads the subscriptions of all persistent sessions, one page of the index at a time. One call reads many sessions, on a cluster
 * those of one slot. Sessions in a part of a cluster that is away are left out. Any thread.
 */
final class RoutePages {
    /** How many sessions one call reads: Redis serves nobody else meanwhile, for half a millisecond. */
    private static final int READ_AT_ONCE = 64;

    private final RedisConnection connection;
    private final SessionIndex index;

    RoutePages(RedisConnection connection, SessionIndex index) {
        this.connection = connection;
        this.index = index;
    }

    /** The answer of one call: sessions, and how many of the given client identifiers it has looked at. */
    private record Part(List<Routed> routed, int lookedAt) {}

    CompletableFuture<RoutePage> page(String cursor, int atMost) {
        return index.page(cursor, atMost).thenCompose(page -> {
            List<CompletableFuture<List<Routed>>> parts = new ArrayList<>();
            for (List<String> together : together(page.clientIds())) {
                for (int from = 0; from < together.size(); from += READ_AT_ONCE) {
                    parts.add(read(together.subList(from, Math.min(from + READ_AT_ONCE, together.size()))));
                }
            }
            return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                    .thenApply(nothing -> {
                        List<Routed> routed = new ArrayList<>(page.clientIds().size());
                        parts.forEach(part -> routed.addAll(part.join()));
                        return new RoutePage(routed, page.nextCursor());
                    });
        });
    }

    /** The client identifiers in groups, each of which one call may read. */
    private Collection<List<String>> together(List<String> clientIds) {
        if (!connection.isCluster()) {
            return List.of(clientIds);
        }
        Map<Integer, List<String>> bySlot = new HashMap<>();
        for (String clientId : clientIds) {
            bySlot.computeIfAbsent(RedisKeys.slot(RedisKeys.tag(clientId)), slot -> new ArrayList<>())
                    .add(clientId);
        }
        return bySlot.values();
    }

    private CompletableFuture<List<Routed>> read(List<String> clientIds) {
        List<Object> keys = new ArrayList<>(clientIds.size());
        for (String clientId : clientIds) {
            keys.add(connection.keys().session(RedisKeys.tag(clientId)));
        }
        int slot = RedisKeys.slot(RedisKeys.tag(clientIds.get(0)));
        ScriptCall<Part> call = new ScriptCall<>(Script.ROUTES, slot, keys, reply -> part(clientIds, reply));
        return connection
                .call(call.ifServed())
                .thenCompose(part -> {
                    if (part.lookedAt() == clientIds.size()) {
                        return CompletableFuture.completedFuture(part.routed());
                    }
                    return read(clientIds.subList(part.lookedAt(), clientIds.size()))
                            .thenApply(rest -> {
                                List<Routed> all = new ArrayList<>(part.routed());
                                all.addAll(rest);
                                return all;
                            });
                })
                .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                        ? CompletableFuture.completedFuture(List.of())
                        : CompletableFuture.failedFuture(failure));
    }

    /** Decodes the answer of {@code routes.lua}. */
    private static Part part(List<String> clientIds, Reply reply) {
        reply.status();
        int lookedAt = (int) reply.number();
        ByteBuffer found = ByteBuffer.wrap(reply.bytes());
        List<Routed> routed = new ArrayList<>(lookedAt);
        while (found.hasRemaining()) {
            String clientId = clientIds.get(found.getShort() - 1);
            long born = found.getLong();
            int count = found.getInt();
            List<Subscription> subscriptions = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                String filter = text(found, found.getShort() & 0xFFFF);
                subscriptions.add(SubscriptionOptions.decode(filter, bytes(found, found.get())));
            }
            routed.add(new Routed(clientId, born, subscriptions));
        }
        return new Part(routed, lookedAt);
    }

    private static String text(ByteBuffer from, int length) {
        String text = new String(from.array(), from.arrayOffset() + from.position(), length, StandardCharsets.UTF_8);
        from.position(from.position() + length);
        return text;
    }

    private static byte[] bytes(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }
}
