// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.SessionStore.RoutePage;
import dev.holdfast.store.SessionStore.Routed;
import dev.holdfast.store.SessionStore.SessionView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The routes, a page of the index at a time: of its sessions those that are kept and subscribe to something. What lies in
 * a part of a cluster that is away is left out. */
final class RoutePages {
    private final SessionIndex index;
    private final Function<String, CompletableFuture<@Nullable SessionView>> view;

    RoutePages(SessionIndex index, Function<String, CompletableFuture<@Nullable SessionView>> view) {
        this.index = index;
        this.view = view;
    }

    CompletableFuture<RoutePage> page(String cursor, int atMost) {
        return index.page(cursor, atMost).thenCompose(page -> {
            List<CompletableFuture<@Nullable SessionView>> views = new ArrayList<>();
            for (String clientId : page.clientIds()) {
                views.add(view.apply(clientId)
                        .exceptionallyCompose(failure -> Failure.isPartAway(failure)
                                ? CompletableFuture.completedFuture(null)
                                : CompletableFuture.failedFuture(failure)));
            }
            return CompletableFuture.allOf(views.toArray(new CompletableFuture<?>[0]))
                    .thenApply(nothing -> new RoutePage(routed(views), page.nextCursor()));
        });
    }

    private static List<Routed> routed(List<CompletableFuture<@Nullable SessionView>> views) {
        List<Routed> routed = new ArrayList<>();
        for (CompletableFuture<@Nullable SessionView> answer : views) {
            SessionView view = answer.join();
            if (view != null
                    && !view.subscriptions().isEmpty()
                    && !view.expiry().isZero()) {
                routed.add(new Routed(view.clientId(), view.born(), view.subscriptions()));
            }
        }
        return routed;
    }
}
