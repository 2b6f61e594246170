// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.StoreOperation;
import dev.holdfast.store.cluster.Inbox;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateways that have died, and the unread entries in their inboxes. Called on the thread of the routes, unless a method says
 * otherwise.
 */
final class Departed {
    private static final Logger LOG = LoggerFactory.getLogger(Departed.class);
    /** How long other gateways may go on writing to the inbox of a dead gateway. */
    private static final Duration INHERITANCE = Duration.ofSeconds(15);

    /** After this time all sessions of a dead gateway are offline, and no session names it as its owner. */
    private static final Duration REMEMBERED = Duration.ofMinutes(2);

    private static final int MOST_INHERITED = 256;

    private final Inbox inbox;
    private final Metrics metrics;
    private final Map<String, Long> gateways = new ConcurrentHashMap<>();
    private final Map<String, Long> inheritedUntilNanos = new HashMap<>();

    Departed(Inbox inbox, Metrics metrics) {
        this.inbox = inbox;
        this.metrics = metrics;
    }

    /** Whether this gateway is known to be dead. Any thread. */
    boolean contains(String gateway) {
        return gateways.containsKey(gateway);
    }

    /** Records that a gateway has died. */
    void add(String gateway) {
        LOG.atInfo().addKeyValue("gateway", gateway).log("A gateway has gone");
        long now = System.nanoTime();
        gateways.put(gateway, now);
        inheritedUntilNanos.put(gateway, now + INHERITANCE.toNanos());
    }

    /** Removes gateways that turn out to be alive. */
    void removeAll(Set<String> living) {
        gateways.keySet().removeAll(living);
        inheritedUntilNanos.keySet().removeAll(living);
    }

    /**
     * Reads the unread entries from the inboxes of dead gateways, and those that other gateways still write there until they
     * too know of the death. A message for one member of a shared subscription then goes to another member.
     *
     * @param heir receives the notes, on any thread
     */
    void inherit(Consumer<List<byte[]>> heir) {
        long now = System.nanoTime();
        inheritedUntilNanos.values().removeIf(until -> now - until > 0);
        gateways.values().removeIf(since -> now - since > REMEMBERED.toNanos());
        for (String gateway : inheritedUntilNanos.keySet()) {
            inbox.takeUnread(gateway, MOST_INHERITED).whenComplete((notes, failure) -> {
                if (failure != null) {
                    metrics.storeError(StoreOperation.INHERIT);
                } else {
                    heir.accept(notes);
                }
            });
        }
    }
}
