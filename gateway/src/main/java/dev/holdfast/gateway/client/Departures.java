// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.limits.TellingPace;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.Leaving;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.DueWill;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens to a session and its will when its connection has gone. On the connection's thread. */
final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
    /** After this time the store is told again, if it was away for longer than it repeats the call by itself. */
    private static final Duration RETRY = Duration.ofSeconds(3);

    /** How long a connection stays open at most until all gateways know what has become of its session. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final CompletableFuture<?> NOTHING = CompletableFuture.completedFuture(null);

    private final ClientServices services;
    private final TellingPace untold = new TellingPace(Duration.ofSeconds(10), System.nanoTime());

    Departures(ClientServices services) {
        this.services = services;
    }

    /**
     * Leaves the session of a client whose connection has ended.
     *
     * @return done when what the client may rely on once it is closed is so: where its goodbye ends a kept session, no
     *     gateway knows of that session; where it leaves a shared subscription to others, every gateway knows that it is
     *     away. Or when that has been waited for long enough
     */
    CompletableFuture<?> gone(Client client, Outcome outcome, Session left) {
        Agreement agreed = client.agreement();
        return agreed == null
                ? NOTHING
                : leave(
                        left,
                        agreed.expiry(),
                        outcome,
                        LifecycleWords.leaving(
                                client, outcome, client.identity().principal()));
    }

    /**
     * Leaves a session.
     *
     * @param agreed how long it is kept from now on
     * @param outcome why the connection ended
     * @return as {@link #gone} does
     */
    CompletableFuture<?> leave(Session session, Duration agreed, Outcome outcome, Leaving leaving) {
        Duration expiry = outcome == Outcome.ADMINISTRATIVE_ACTION ? Duration.ZERO : agreed;
        DetachRequest departure =
                new DetachRequest(expiry, session.outbound().sentMark(), willToKeep(session, outcome) != null);
        CompletableFuture<@Nullable DueWill> left =
                services.sessions().detaching().leave(session, departure, leaving);
        if (!session.isKept() || services.sessions().find(session.clientId()) != session.slot()) {
            services.routes().gone(session.slot(), session.thread());
        }
        services.routes().moved();
        Will will = session.will();
        if (outcome == Outcome.SESSION_LOST && will != null) {
            // The store has lost it too, and with the session its delay is over [MQTT-3.1.3-9].
            publish(session, new DueWill(session.ref(), will));
        }
        told(session, departure, leaving, left);
        boolean othersRelyOnIt =
                session.isKept() && (expiry.isZero() || session.slot().isShared());
        return isGoodbye(outcome) && othersRelyOnIt ? known(left) : NOTHING;
    }

    private static boolean isGoodbye(Outcome outcome) {
        return outcome == Outcome.NORMAL || outcome == Outcome.WITH_WILL || outcome == Outcome.CLIENT_ERROR;
    }

    private CompletableFuture<?> known(CompletableFuture<?> left) {
        return left.thenCompose(will -> services.routes().settled())
                .handle((nothing, failure) -> true)
                .completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The will that is due is published; the store that could not be told is told again. */
    private void told(
            Session session, DetachRequest departure, Leaving leaving, CompletableFuture<@Nullable DueWill> left) {
        left.whenComplete((will, failure) -> {
            if (will != null) {
                // What this turn has for other gateways leaves at its end: then the will is out.
                publish(session, will)
                        .thenRunAsync(
                                () -> session.thread()
                                        .atTurnEnd(() ->
                                                services.sessions().detaching().left(session)),
                                session.thread());
            } else if (failure == null) {
                services.sessions().detaching().left(session);
            }
            if (failure != null) {
                services.metrics().storeError(StoreOperation.DETACH);
                long others = untold.happened(System.nanoTime());
                if (others >= 0) {
                    LOG.atWarn()
                            .addKeyValue("client", session.clientId())
                            .addKeyValue("others", others)
                            .setCause(failure)
                            .log("the store could not be told that the client has gone; it will be told again");
                }
                session.thread()
                        .execute(() -> services.timers()
                                .later(
                                        session.thread(),
                                        RETRY,
                                        () -> told(
                                                session,
                                                departure,
                                                leaving,
                                                services.sessions().detaching().detach(session, departure, leaving))));
            }
        });
    }

    private CompletableFuture<?> publish(Session session, DueWill will) {
        if (session.thread().isCurrent()) {
            return services.wills().publish(session.thread(), will);
        }
        return CompletableFuture.supplyAsync(() -> services.wills().publish(session.thread(), will), session.thread())
                .thenCompose(published -> published);
    }

    private static boolean isMovedOff(Outcome outcome) {
        return switch (outcome) {
            case SERVER_SHUTTING_DOWN, USE_ANOTHER_SERVER, SERVER_MOVED -> true;
            default -> false;
        };
    }

    private @Nullable Will willToKeep(Session session, Outcome outcome) {
        if (outcome == Outcome.NORMAL) {
            return null; // [MQTT-3.14.4-3]
        }
        return isMovedOff(outcome) && !services.session().willsOnShutdown() ? null : session.will();
    }
}
