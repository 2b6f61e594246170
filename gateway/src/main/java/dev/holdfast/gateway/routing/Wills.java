// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.SessionStore;
import java.util.concurrent.CompletableFuture;

/** Publishes Will Messages when they are due (MQTT 5.0 section 3.1.2.5). */
public final class Wills {
    private final Router router;
    private final SessionStore store;
    private final Metrics metrics;

    /** Publishes through the given router, and tells the store. */
    public Wills(Router router, SessionStore store, Metrics metrics) {
        this.router = router;
        this.store = store;
        this.metrics = metrics;
    }

    /**
     * Publishes a will now; its Message Expiry Interval begins now. Once it is where it must be, the store is told, which
     * hands it to another gateway otherwise; queues that have it already know it by its message identifier. On the given
     * thread.
     *
     * @return done when the store has been told, or either has failed; never exceptionally
     */
    public CompletableFuture<?> publish(SessionThread here, DueWill handedOut) {
        Will will = handedOut.will();
        Message template = will.message();
        long now = here.nowMillis();
        long expiresAt = will.expiry().equals(Will.NO_EXPIRY)
                ? Message.NEVER
                : now + will.expiry().toMillis();
        Message due = new Message(
                template.id(),
                template.body(),
                template.propertiesOffset(),
                template.payloadOffset(),
                template.qos(),
                template.isRetain(),
                now,
                expiresAt);
        metrics.willPublished();
        return router.publish(here, due, handedOut.clientId(), true, Debtor.NOBODY)
                .thenCompose(published -> store.willPublished(handedOut.connection()))
                .exceptionally(failure -> {
                    metrics.storeError(StoreOperation.WILL);
                    return null;
                });
    }
}
