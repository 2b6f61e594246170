// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.SessionStore;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives what ended sessions had of shared subscriptions and had not acknowledged to other members, wherever they are and
 * whether they are connected (MQTT 5.0 section 4.8.2).
 */
public final class SharedLeftovers {
    private static final int AT_ONCE = 64;

    private final SessionStore store;
    private final Routes routes;
    private final Router router;
    private final Metrics metrics;
    /** Client identifiers whose leftovers are being given at the moment. */
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /** Reads what there is from the store, and gives it through the given router. */
    public SharedLeftovers(SessionStore store, Routes routes, Router router, Metrics metrics) {
        this.store = store;
        this.routes = routes;
        this.router = router;
        this.metrics = metrics;
    }

    /**
     * Gives all that sessions of a client identifier have left, in their order, some at a time. The store hands out again
     * what this gateway could not give. On the given thread.
     *
     * @return done when all has been given, or something has failed; never exceptionally
     */
    public CompletableFuture<?> give(SessionThread here, String clientId) {
        if (!underWay.add(clientId)) {
            return CompletableFuture.completedFuture(null);
        }
        return giveSome(here, clientId)
                .exceptionally(failure -> {
                    metrics.storeError(StoreOperation.LEFTOVERS);
                    return null;
                })
                .whenComplete((nothing, failure) -> underWay.remove(clientId));
    }

    private CompletableFuture<?> giveSome(SessionThread here, String clientId) {
        return store.leftovers(clientId, AT_ONCE)
                .toCompletableFuture()
                .thenComposeAsync(left -> give(here, left), here);
    }

    private CompletableFuture<?> give(SessionThread here, Leftovers left) {
        if (left.messages().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<?>[] all = left.messages().stream().map(this::give).toArray(CompletableFuture<?>[]::new);
        boolean isMore = left.all() > left.messages().size();
        return CompletableFuture.allOf(all)
                .thenCompose(nothing -> store.leftoversGiven(left))
                .thenComposeAsync(
                        nothing -> isMore ? giveSome(here, left.clientId()) : CompletableFuture.completedFuture(null),
                        here);
    }

    private CompletableFuture<?> give(Leftovers.Leftover each) {
        SharedGroup group = routes.group(each.share());
        if (group == null) {
            metrics.dropped(Dropped.NO_MEMBER);
            return CompletableFuture.completedFuture(null);
        }
        // A gateway that died while it gave may have put it into that member's queue.
        SharedDispatch dispatch = new SharedDispatch(router, group, each.message(), null, true, 0);
        dispatch.run();
        return dispatch.done();
    }
}
