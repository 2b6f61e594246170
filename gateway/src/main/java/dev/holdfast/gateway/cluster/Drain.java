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
 * Disconnects the clients of this gateway one after the other, so that other gateways can take them in at a steady pace. Blocks
 * the calling thread; each connection is closed on its own I/O thread.
 */
public final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final Duration LOOK = Duration.ofMillis(20);
    /** How long the store may take to record the end of the last session. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);

    private final Sessions sessions;
    private final DrainConfig config;
    private final Random random = new Random();

    /** A drain of the clients that are connected to this gateway. */
    public Drain(Sessions sessions, DrainConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    /**
     * Waits for {@code drain.notice}, closes the ports, disconnects the clients at {@code drain.rate}, and waits until the store
     * has recorded that they have left. Takes at most the settings allow and three seconds; returns at once if no client is
     * connected.
     *
     * @param closePorts stops accepting clients
     */
    public void run(Runnable closePorts) {
        waitUntilEmpty(config.notice());
        closePorts.run();
        List<Session> clients = new ArrayList<>(sessions.connected());
        if (!clients.isEmpty()) {
            LOG.atInfo().addKeyValue("clients", clients.size()).log("Clients are moved off");
        }
        moveOff(clients);
        // Clients that came while the ports were being closed, and those whose CONNECT is still being dealt with.
        sessions.shutDown();
        waitUntilEmpty(LAST_WORDS);
    }

    /** Clients that came together are often of one kind and would come together again. The random order spreads them over time. */
    private void moveOff(List<Session> clients) {
        Collections.shuffle(clients, random);
        long turn = System.nanoTime();
        long end = turn + config.timeout().toNanos();
        for (int i = 0; i < clients.size(); i++) {
            long interval = intervalNanos(end - turn, clients.size() - i);
            waitUntil(turn + (long) (random.nextDouble() * interval));
            sessions.shutDown(clients.get(i));
            // What a machine without a free core has held up is not made up for at once: the others would have it all
            // in one moment.
            turn = Math.max(turn + interval, System.nanoTime());
        }
    }

    /** The time for one of those who are left: by the rate, or less where the time would not suffice. */
    private long intervalNanos(long leftNanos, int clients) {
        Rate rate = config.rate();
        if (rate.isOff()) {
            return 0;
        }
        long byRate = rate.per().toNanos() / rate.amount();
        return Math.min(byRate, Math.max(0, leftNanos) / clients);
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
