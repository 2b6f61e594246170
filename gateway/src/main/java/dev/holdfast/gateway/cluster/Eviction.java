// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.routing.Routes;
import dev.holdfast.gateway.routing.Wills;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionRef;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Ends a session by order of an operator, at whichever gateway its client is connected. Any thread. */
public final class Eviction {
    private final Sessions sessions;
    private final Routes routes;
    private final Wills wills;
    private final Neighbours neighbours;
    private final SessionThread thread;

    /** An eviction that works on the thread of the routes. */
    public Eviction(Sessions sessions, Routes routes, Wills wills, Neighbours neighbours, SessionThread thread) {
        this.sessions = sessions;
        this.routes = routes;
        this.wills = wills;
        this.neighbours = neighbours;
        this.thread = thread;
    }

    /**
     * Erases a session with its queue, and closes the client's connection (MQTT 5: Administrative action).
     *
     * @return whether there was such a session
     */
    public CompletableFuture<Boolean> kick(String clientId) {
        return sessions.destroy(clientId).thenApplyAsync(this::erased, thread).toCompletableFuture();
    }

    private boolean erased(@Nullable Erased erased) {
        if (erased == null) {
            return false;
        }
        DisplacedConnection displaced = erased.displaced();
        if (displaced != null) {
            SessionRef above = new SessionRef(erased.clientId(), displaced.epoch() + 1);
            if (neighbours.isElsewhere(displaced.gateway())) {
                neighbours.displaced(displaced, above, true);
            } else {
                sessions.displacedElsewhere(above.clientId(), above.epoch(), true);
            }
        }
        SessionSlot slot = sessions.ended(erased.clientId(), erased.ref().epoch());
        if (slot != null) {
            routes.gone(slot, thread);
        }
        neighbours.ended(erased.clientId(), erased.ref().epoch());
        DueWill will = erased.will();
        if (will != null) {
            wills.publish(thread, will); // [MQTT-3.1.3-9]
        }
        return true;
    }
}
