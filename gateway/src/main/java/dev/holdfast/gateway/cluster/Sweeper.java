// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.SharedLeftovers;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.Due;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims expired sessions and delayed wills from the store, removes the routes of the sessions and publishes the wills. Runs on one
 * I/O thread, some at a time with others in between. The store gives each of them to one sweeper only, whichever gateway asks first.
 */
public final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
    /** In memory, a session with hundreds of subscriptions costs the store some 0.05 ms. */
    private static final int AT_MOST = 32;

    private final SessionStore store;
    private final Sessions sessions;
    private final Routes routes;
    private final Wills wills;
    private final SharedLeftovers leftovers;
    private final Neighbours neighbours;
    private final Metrics metrics;
    private final SessionThread thread;
    private boolean sweeping;

    /** A sweeper that works on the given thread. */
    public Sweeper(
            SessionStore store,
            Sessions sessions,
            Routes routes,
            Wills wills,
            SharedLeftovers leftovers,
            Neighbours neighbours,
            Metrics metrics,
            SessionThread thread) {
        this.neighbours = neighbours;
        this.store = store;
        this.sessions = sessions;
        this.routes = routes;
        this.wills = wills;
        this.leftovers = leftovers;
        this.metrics = metrics;
        this.thread = thread;
    }

    /** Sweeps once. Does nothing while the last sweep waits for its answer. On the sweeper's thread. */
    public void sweep() {
        if (!sweeping) {
            sweeping = true;
            store.sweep(AT_MOST).whenComplete((due, failure) -> thread.execute(() -> swept(due, failure)));
        }
    }

    private void swept(@Nullable Due due, @Nullable Throwable failure) {
        if (due == null) {
            sweeping = false;
            metrics.storeError(StoreOperation.SWEEP);
            LOG.debug("sweep failed", failure);
            return;
        }
        if (due.expired().isEmpty() && due.wills().isEmpty() && due.leftovers().isEmpty()) {
            sweeping = false;
            return;
        }
        // Hundreds of sessions may end together, each with hundreds of filters, and hundreds of wills be due: a second
        // and more, if it
        // were done at once. Neither waits until the other is done.
        Leaving leaving = new Leaving(due.expired().iterator());
        Iterator<DueWill> willing = due.wills().iterator();
        Iterator<String> left = due.leftovers().iterator();
        CompletableFuture<?> ended = gradually(leaving, leaving::next);
        CompletableFuture<?> published = gradually(willing, () -> publish(willing));
        CompletableFuture<?> given = gradually(left, () -> give(left));
        CompletableFuture.allOf(ended, published, given)
                .thenRun(() -> acted(due.expired().size() + due.wills().size() >= AT_MOST));
    }

    /** Done when the slice has answered that it was the last one; a fault in a slice is told and is no reason to stop. */
    private CompletableFuture<?> gradually(Object owner, BooleanSupplier slice) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        thread.gradually(owner, () -> {
            boolean isLast = false;
            try {
                isLast = slice.getAsBoolean();
            } catch (RuntimeException fault) {
                LOG.error("what is due could not be done", fault);
            }
            if (isLast) {
                done.complete(null);
            }
            return isLast;
        });
        return done;
    }

    private void acted(boolean areMoreDue) {
        sweeping = false;
        if (areMoreDue) {
            sweep();
        }
    }

    private boolean publish(Iterator<DueWill> due) {
        if (due.hasNext()) {
            wills.publish(thread, due.next());
        }
        return !due.hasNext();
    }

    private boolean give(Iterator<String> clientIds) {
        if (clientIds.hasNext()) {
            leftovers.give(thread, clientIds.next());
        }
        return !clientIds.hasNext();
    }

    /** The sessions that have expired, one after the other: some subscriptions of one at a time, then its will. */
    private final class Leaving {
        private final Iterator<Erased> expired;
        private @Nullable Erased first;
        private BooleanSupplier unrouting = () -> true;

        Leaving(Iterator<Erased> expired) {
            this.expired = expired;
        }

        boolean next() {
            Erased begun = first;
            if (begun == null) {
                if (!expired.hasNext()) {
                    return true;
                }
                begun = expired.next();
                first = begun;
                unrouting = () -> true; // also if this fails
                sessions.expired(begun);
                SessionSlot slot = sessions.ended(begun.clientId(), begun.ref().epoch());
                unrouting = slot == null ? unrouting : routes.going(slot);
            }
            if (unrouting.getAsBoolean()) {
                first = null;
                over(begun);
            }
            return false;
        }

        private void over(Erased erased) {
            neighbours.ended(erased.clientId(), erased.ref().epoch());
            DueWill will = erased.will();
            if (will != null) {
                wills.publish(thread, will); // [MQTT-3.1.3-9]
            }
        }
    }
}
