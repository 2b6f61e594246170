// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.Session;
import dev.holdfast.store.Departure;
import dev.holdfast.store.StaleSessionException;
import dev.holdfast.store.Will;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens to a session and its will when its connection has gone. On the connection's thread. */
final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    private final ProtocolServices services;

    Departures(ProtocolServices services) {
        this.services = services;
    }

    /**
     * Leaves a session.
     *
     * @param expiry how long it is kept from now on
     * @param outcome why the connection ended
     * @param sessionEnded whether the session has ended already: a later connection has ended it, or the store has lost it
     */
    void leave(Session session, Duration expiry, Outcome outcome, boolean sessionEnded) {
        boolean takenOver = outcome == Outcome.SESSION_TAKEN_OVER;
        boolean ends = expiry.isZero() || sessionEnded;
        Will will = willToPublish(session, outcome);
        boolean willNow = will != null && (will.delay().isZero() || ends); // [MQTT-3.1.3-9]
        services.sessions()
                .leave(session, new Departure(expiry, session.sentMark(), will != null && !willNow))
                .whenComplete((erased, failure) -> {
                    if (erased != null && erased.will() != null) {
                        Will due = erased.will();
                        session.thread()
                                .execute(() -> services.wills().publish(session.thread(), session.clientId(), due));
                    }
                    if (failure != null && !isStale(failure)) {
                        services.metrics().storeError("detach");
                        LOG.warn("the store could not be told that {} has gone", session.clientId(), failure);
                    }
                });
        if (!session.isKept() || (expiry.isZero() && !takenOver)) {
            services.routes().gone(session.slot());
        }
        services.routes().moved();
        if (will != null && willNow) {
            services.wills().publish(session.thread(), session.clientId(), will);
        }
    }

    private @Nullable Will willToPublish(Session session, Outcome outcome) {
        if (outcome == Outcome.NORMAL) {
            return null; // [MQTT-3.14.4-3]
        }
        boolean shutDown = outcome == Outcome.SERVER_SHUTTING_DOWN || outcome == Outcome.USE_ANOTHER_SERVER;
        return shutDown && !services.session().willsOnShutdown() ? null : session.will();
    }

    private static boolean isStale(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StaleSessionException;
    }
}
