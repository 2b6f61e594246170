// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Ends the sessions of one principal, on all gateways. The store has no list of sessions by principal, so that all sessions are read,
 * a page at a time. That may take long and delays nothing else. Any thread.
 */
public final class PrincipalSessions {
    private static final int LOOKED_AT = 200;

    private final SessionStore store;
    private final Eviction eviction;

    /** The sessions in this store, ended by this eviction. */
    public PrincipalSessions(SessionStore store, Eviction eviction) {
        this.store = store;
        this.eviction = eviction;
    }

    /**
     * Ends the sessions with their queues, as {@link Eviction#kick} does.
     *
     * @param principal issuer and subject
     * @return how many sessions were ended; fails if not all could be read, and may then be called again
     */
    public CompletionStage<Integer> endAll(String principal) {
        return endFrom("", principal, 0);
    }

    private CompletionStage<Integer> endFrom(String cursor, String principal, int before) {
        return store.names("", cursor, LOOKED_AT)
                .thenComposeAsync(page -> end(page.clientIds(), principal).thenComposeAsync(ended -> {
                    String next = page.nextCursor();
                    int sum = before + ended;
                    return next == null ? CompletableFuture.completedFuture(sum) : endFrom(next, principal, sum);
                }));
    }

    private CompletionStage<Integer> end(List<String> clientIds, String principal) {
        List<CompletableFuture<Boolean>> each =
                clientIds.stream().map(clientId -> end(clientId, principal)).toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing ->
                        (int) each.stream().filter(CompletableFuture::join).count());
    }

    private CompletableFuture<Boolean> end(String clientId, String principal) {
        return store.find(clientId)
                .thenCompose(view ->
                        isOf(view, principal) ? eviction.kick(clientId) : CompletableFuture.completedFuture(false))
                .toCompletableFuture();
    }

    private static boolean isOf(@Nullable SessionView view, String principal) {
        return view != null && Objects.equals(view.principal(), principal);
    }
}
