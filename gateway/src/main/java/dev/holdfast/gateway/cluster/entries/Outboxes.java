// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.entries;

import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.cluster.Inbox;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The outboxes of all other gateways: each exists from its first note until its gateway has died. Any thread. */
public final class Outboxes {
    private final Inbox inbox;
    private final @Nullable Links links;
    private final SessionThread thread;
    private final ConcurrentHashMap<String, Outbox> all = new ConcurrentHashMap<>();
    /** Gateways that were not among the living at the last look. A gateway that has just joined may be one of them. */
    private Set<String> unseen = Set.of();

    /**
     * No outboxes yet.
     *
     * @param links the direct connections to other gateways; null for none
     * @param thread the thread of the routes
     */
    public Outboxes(Inbox inbox, @Nullable Links links, SessionThread thread) {
        this.inbox = inbox;
        this.links = links;
        this.thread = thread;
    }

    /** The outbox of a gateway, made if there is none. */
    public Outbox of(String gateway) {
        return all.computeIfAbsent(
                gateway, name -> new Outbox(inbox, new EntryWriter(inbox.writer(name), links, thread), name));
    }

    /** Whether one of the outboxes is behind. */
    public boolean areBehind() {
        for (Outbox outbox : all.values()) {
            if (outbox.isBehind()) {
                return true;
            }
        }
        return false;
    }

    /** Opens and checks links. Called about four times a second on the thread of the routes. */
    public void beat() {
        all.values().forEach(outbox -> outbox.writer().beat());
    }

    /** The gateways that have an outbox. */
    public Set<String> gateways() {
        return all.keySet();
    }

    /** Closes the outbox of a gateway that has died. */
    public void departed(String gateway) {
        Outbox left = all.remove(gateway);
        if (left != null) {
            left.close();
        }
    }

    /** Closes the outboxes of gateways that were not alive at this look and at the one before. On one thread. */
    public void living(Set<String> living) {
        Set<String> gone = Set.copyOf(all.keySet().stream()
                .filter(gateway -> !living.contains(gateway))
                .toList());
        gone.stream().filter(unseen::contains).forEach(this::departed);
        unseen = gone;
    }
}
