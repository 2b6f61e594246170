// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves some clients of this gateway off, since others have fewer: slowly, and those first whose sessions are kept. They come back
 * where the balancer sends them. Any thread.
 */
public final class Rebalance {
    private static final Logger LOG = LoggerFactory.getLogger(Rebalance.class);

    private final Sessions sessions;
    private final Random random = new Random();
    private final AtomicBoolean isMoving = new AtomicBoolean();

    /** Moves clients of these sessions. */
    public Rebalance(Sessions sessions) {
        this.sessions = sessions;
    }

    /**
     * Begins to move clients off, each at a random moment of its turn.
     *
     * @param count how many
     * @param between how long from one to the next, on average
     * @return false if some are being moved off already: then nothing else begins
     */
    public boolean begin(int count, Duration between) {
        if (!isMoving.compareAndSet(false, true)) {
            return false;
        }
        Thread thread = new Thread(
                () -> {
                    try {
                        move(count, between.toNanos());
                    } finally {
                        isMoving.set(false);
                    }
                },
                "holdfast-rebalance");
        thread.setDaemon(true);
        thread.start();
        return true;
    }

    private void move(int count, long intervalNanos) {
        List<Session> clients = new ArrayList<>(sessions.connected());
        Collections.shuffle(clients, random);
        clients.sort(Comparator.comparing(Session::isKept).reversed()); // stable: those of a kind stay shuffled
        List<Session> some = clients.subList(0, Math.min(count, clients.size()));
        LOG.atInfo()
                .addKeyValue("clients", some.size())
                .addKeyValue("of", clients.size())
                .log("Clients are moved to other gateways");
        long start = System.nanoTime();
        for (int i = 0; i < some.size(); i++) {
            long due = start + i * intervalNanos + (long) (random.nextDouble() * intervalNanos);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            sessions.move(some.get(i));
        }
    }
}
