// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.session.SessionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of each client identifier that are not over: their sessions are being left, their wills are on their
 * way, or they have attached and wait for earlier connections. The client of a later connection is answered when the
 * earlier ones are over. Any thread.
 */
final class Predecessors {
    private static final CompletableFuture<@Nullable Void> NONE = CompletableFuture.completedFuture(null);

    private final ConcurrentHashMap<String, List<Open>> all = new ConcurrentHashMap<>();

    /** One connection, by the epoch of its attach. */
    private record Open(long epoch, CompletableFuture<@Nullable Void> over) {}

    /** This connection is not over. May be repeated. */
    void open(SessionRef connection) {
        all.compute(connection.clientId(), (clientId, known) -> {
            List<Open> more = known == null ? new ArrayList<>(1) : new ArrayList<>(known);
            if (more.stream().noneMatch(each -> each.epoch() == connection.epoch())) {
                more.add(new Open(connection.epoch(), new CompletableFuture<>()));
            }
            return List.copyOf(more);
        });
    }

    /** This connection is over: nothing of it is to come any more. */
    void over(SessionRef connection) {
        if (all.isEmpty()) {
            return;
        }
        List<CompletableFuture<@Nullable Void>> ended = new ArrayList<>(1);
        all.computeIfPresent(connection.clientId(), (clientId, known) -> {
            List<Open> rest = new ArrayList<>(known.size());
            for (Open each : known) {
                if (each.epoch() == connection.epoch()) {
                    ended.add(each.over());
                } else {
                    rest.add(each);
                }
            }
            return rest.isEmpty() ? null : List.copyOf(rest);
        });
        ended.forEach(each -> each.complete(null));
    }

    /** Done when all connections of a client identifier with a lower epoch are over. */
    CompletableFuture<?> before(String clientId, long epoch) {
        List<Open> open = all.get(clientId);
        if (open == null) {
            return NONE;
        }
        return CompletableFuture.allOf(open.stream()
                .filter(each -> each.epoch() < epoch)
                .map(Open::over)
                .toArray(CompletableFuture<?>[]::new));
    }
}
