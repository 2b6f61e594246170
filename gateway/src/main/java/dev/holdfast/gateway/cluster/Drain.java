// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.config.DrainConfig;
import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.Sessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the clients of this gateway off, so that others can take them one after the other. Blocks its caller; what
 * concerns a connection happens on its own thread.
 */
public final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final Duration LOOK = Duration.ofMillis(20);
    /** The store is told of each end; who is told last needs so long for it. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);

    private final Sessions sessions;
    private final DrainConfig config;
    private final Random random = new Random();

    /** Moves off who is connected. */
    public Drain(Sessions sessions, DrainConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    /**
     * Waits for the notice, closes the ports, moves the clients off at their pace, and waits until the store knows that they
     * have gone. Bounded by the settings and three seconds; takes no time when nobody is connected.
     *
     * @param closePorts lets no further client in
     */
    public void run(Runnable closePorts) {
        waitUntilEmpty(config.notice());
        closePorts.run();
        List<Session> clients = new ArrayList<>(sessions.connected());
        if (!clients.isEmpty()) {
            LOG.atInfo().addKeyValue("clients", clients.size()).log("Clients are moved off");
        }
        moveOff(clients);
        // Whoever was let in while the ports were closing.
        sessions.connected().forEach(sessions::shutDown);
        waitUntilEmpty(LAST_WORDS);
    }

    /** The random order spreads over time those who came together, who are of one kind often, and would come together again. */
    private void moveOff(List<Session> clients) {
        Collections.shuffle(clients, random);
        long interval = intervalNanos(clients.size());
        long start = System.nanoTime();
        for (int i = 0; i < clients.size(); i++) {
            waitUntil(start + i * interval + (long) (random.nextDouble() * interval));
            sessions.shutDown(clients.get(i));
        }
    }

    private long intervalNanos(int clients) {
        Rate rate = config.rate();
        if (rate.isOff() || clients == 0) {
            return 0;
        }
        long byRate = rate.per().toNanos() / rate.amount();
        return Math.min(byRate, config.timeout().toNanos() / clients);
    }

    private void waitUntilEmpty(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!sessions.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private static void waitUntil(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
