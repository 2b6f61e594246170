// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.routing.RetainedMessages;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.gateway.session.Sessions;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is learned again when the store may have lost writes, or notes have been lost. All of it on the thread of the
 * routes.
 */
final class Doubt {
    /** What is noticed within it is most likely the same loss. */
    private static final Duration SAME_LOSS = Duration.ofSeconds(4);
    /** After a failover an inbox may be read again only when a read from the dead master has been given up. */
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
    /** Whether the store is to be asked for connections that it has this gateway hold, and that are not there. */
    private volatile boolean toDisclaim;

    private boolean disclaiming;
    private long disclaimedAtNanos = System.nanoTime() - DISCLAIM_PERIOD.toNanos();

    Doubt(
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

    /** The store may have lost anything: what is live here has been told to it, the rest is learned from it again. */
    void doubted(String why) {
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

    /** A part of the store has been left out when routes and retained topics were read, and hints may have been lost. */
    void partIsBack() {
        learning.loadAgain();
        retained.load();
        sessions.lookIntoQueues();
    }

    /** Notes in this gateway's inbox have been lost. */
    void lostNotes() {
        if (!isDoubted()) {
            LOG.warn("notes of other gateways have been lost: all routes are read again");
        }
        learning.loadAgain();
        sessions.lookIntoQueues();
    }

    /** Has sessions look for what no hint tells them of; to be called often. */
    void beat() {
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
     * A connection whose end the store has lost would be there for ever: its session does not expire, and a shared subscription
     * gives to it as to one that is connected.
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

    /** Who comes or goes is asked for again: what it tells the store may be of an attach that the store has lost. Any thread. */
    private boolean holds(String clientId) {
        if (sessions.isPassing(clientId)) {
            toDisclaim = true;
            return true;
        }
        return sessions.isLive(clientId);
    }

    /** Whether what is noticed now is most likely the loss that has been noticed already. */
    private boolean isDoubted() {
        return doubtedAtNanos != 0 && System.nanoTime() - doubtedAtNanos < SAME_LOSS.toNanos();
    }
}
