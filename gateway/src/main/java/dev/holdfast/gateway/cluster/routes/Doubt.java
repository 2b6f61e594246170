// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.member.Lease;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.retained.RetainedMessages;
import dev.holdfast.gateway.session.Sessions;
import dev.holdfast.gateway.session.connection.SessionThread;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repairs what this gateway knows when the store may have lost writes or when entries between gateways have been lost. On the thread of
 * the routes.
 */
public final class Doubt {
    /** A loss that is noticed within this time of another is most likely the same one, and is not logged again. */
    private static final Duration SAME_LOSS = Duration.ofSeconds(4);
    /** After a failover it may take this long until the inbox is read again: a read from the dead master has to fail first. */
    private static final Duration WITHOUT_HINTS = Duration.ofSeconds(12);

    private static final Duration LOOK_PERIOD = Duration.ofSeconds(2);
    private static final Duration DISCLAIM_PERIOD = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Doubt.class);

    private final Lease lease;
    private final Learning learning;
    private final Sessions sessions;
    private final RetainedMessages retained;
    private final Metrics metrics;
    private final SessionThread thread;
    private long doubtedAtNanos;
    private long lookedAtNanos;
    /** Whether the store has to be searched for sessions that it shows as connected here and that are not. */
    private volatile boolean toDisclaim;

    private boolean disclaiming;
    private long disclaimedAtNanos = System.nanoTime() - DISCLAIM_PERIOD.toNanos();

    /** Nothing is doubted yet. */
    public Doubt(
            Lease lease,
            Learning learning,
            Sessions sessions,
            RetainedMessages retained,
            Metrics metrics,
            SessionThread thread) {
        this.thread = thread;
        this.lease = lease;
        this.learning = learning;
        this.sessions = sessions;
        this.retained = retained;
        this.metrics = metrics;
    }

    /** The store may have lost writes. Live sessions have been stored again; routes and retained topics are read again. */
    public void doubted(String why) {
        if (!isDoubted()) {
            metrics.storeDoubt();
            LOG.warn("the session store may have lost writes: {}. All that is connected is compared with it", why);
        }
        doubtedAtNanos = System.nanoTime();
        lease.unsettled();
        learning.loadAgain();
        retained.load();
        toDisclaim = true;
        disclaim();
    }

    /** A part of the store that was away is back: it was left out when routes and retained topics were read. */
    public void partIsBack() {
        learning.loadAgain();
        retained.load();
        sessions.lookIntoQueues();
    }

    /** Entries in this gateway's inbox have been lost. */
    public void lostNotes() {
        if (!isDoubted()) {
            LOG.warn("notes of other gateways have been lost: all routes are read again");
        }
        learning.loadAgain();
        sessions.lookIntoQueues();
    }

    /** Lets sessions read their queues while hints may be missing. Called about four times a second. */
    public void beat() {
        long now = System.nanoTime();
        if (doubtedAtNanos != 0
                && now - doubtedAtNanos < WITHOUT_HINTS.toNanos()
                && now - lookedAtNanos > LOOK_PERIOD.toNanos()) {
            lookedAtNanos = now;
            sessions.lookIntoQueues();
        }
        disclaim();
    }

    /**
     * Takes sessions offline that only the store still shows as connected here, because it has lost the end of the connection. Such a
     * session would never expire, and shared subscriptions would choose it as a connected member.
     */
    private void disclaim() {
        long now = System.nanoTime();
        if (!toDisclaim || disclaiming || now - disclaimedAtNanos < DISCLAIM_PERIOD.toNanos()) {
            return;
        }
        toDisclaim = false;
        disclaiming = true;
        disclaimedAtNanos = now;
        lease.disclaim(this::holds, sessions::disclaimed)
                .whenCompleteAsync(
                        (count, failure) -> {
                            disclaiming = false;
                            if (failure != null) {
                                toDisclaim = true;
                                LOG.debug("what the store has this gateway hold could not be looked at", failure);
                            } else if (count > 0) {
                                LOG.atInfo()
                                        .addKeyValue("sessions", count)
                                        .log("Sessions whose connections had ended have been taken offline again");
                            }
                        },
                        thread);
    }

    /**
     * Whether the session is connected here. While it is being attached or detached it counts as connected, and is asked for again later.
     * Any thread.
     */
    private boolean holds(String clientId) {
        if (sessions.isPassing(clientId)) {
            toDisclaim = true;
            return true;
        }
        return sessions.isLive(clientId);
    }

    /** Whether a loss has been noticed so lately that this is most likely the same one. */
    private boolean isDoubted() {
        return doubtedAtNanos != 0 && System.nanoTime() - doubtedAtNanos < SAME_LOSS.toNanos();
    }
}
