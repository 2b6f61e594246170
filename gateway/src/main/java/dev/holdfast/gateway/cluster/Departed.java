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
 * The gateways that have gone, and what stands unread in their inboxes. On the thread of the routes, if nothing else
 * is said.
 */
final class Departed {
    private static final Logger LOG = LoggerFactory.getLogger(Departed.class);
    /** For so long others may go on telling a gateway that is dead. */
    private static final Duration INHERITANCE = Duration.ofSeconds(15);

    /** By then its sessions have been taken offline, and nobody names it as their owner any more. */
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

    /** Whether a gateway is known to have gone. Any thread. */
    boolean contains(String gateway) {
        return gateways.containsKey(gateway);
    }

    /** A gateway has gone. */
    void add(String gateway) {
        LOG.atInfo().addKeyValue("gateway", gateway).log("A gateway has gone");
        long now = System.nanoTime();
        gateways.put(gateway, now);
        inheritedUntilNanos.put(gateway, now + INHERITANCE.toNanos());
    }

    /** Those that live have not gone, whatever was thought of them. */
    void removeAll(Set<String> living) {
        gateways.keySet().removeAll(living);
        inheritedUntilNanos.keySet().removeAll(living);
    }

    /**
     * What stands unread in the inbox of the dead, also what others put there until they too know of its death: a
     * message for one member of a shared subscription goes to another one.
     *
     * @param heir takes the notes, on any thread
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
