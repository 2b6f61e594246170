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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims expired sessions and delayed wills from the store, removes the routes of the sessions and publishes the wills. Runs on one
 * I/O thread, session by session with others in between. The store gives each of them to one sweeper only, whichever gateway asks first.
 */
public final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
    private static final int AT_MOST = 256;

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
        Iterator<Erased> expired = due.expired().iterator();
        if (!expired.hasNext()) {
            acted(due);
            return;
        }
        // Hundreds of sessions may end together, each with hundreds of filters: a second and more, if it were done at
        // once.
        thread.gradually(this, () -> {
            if (!expired.hasNext()) {
                acted(due);
                return true;
            }
            try {
                expired(expired.next());
            } catch (RuntimeException fault) {
                LOG.error("an expired session could not be ended", fault);
            }
            return false;
        });
    }

    private void acted(Due due) {
        sweeping = false;
        for (DueWill will : due.wills()) {
            wills.publish(thread, will);
        }
        due.leftovers().forEach(clientId -> leftovers.give(thread, clientId));
        if (due.expired().size() + due.wills().size() >= AT_MOST) {
            sweep();
        }
    }

    private void expired(Erased erased) {
        sessions.expired(erased);
        SessionSlot slot = sessions.ended(erased.clientId(), erased.ref().epoch());
        if (slot != null) {
            routes.gone(slot, thread);
        }
        neighbours.ended(erased.clientId(), erased.ref().epoch());
        DueWill will = erased.will();
        if (will != null) {
            wills.publish(thread, will); // [MQTT-3.1.3-9]
        }
    }
}
