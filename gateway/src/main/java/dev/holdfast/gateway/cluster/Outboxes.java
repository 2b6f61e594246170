// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.link.Links;
import dev.holdfast.gateway.session.SessionThread;
import dev.holdfast.store.cluster.Inbox;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is on its way to all the other gateways: an outbox for each, from the first note on until it has gone. Any thread. */
final class Outboxes {
    private final Inbox inbox;
    private final @Nullable Links links;
    private final SessionThread thread;
    private final ConcurrentHashMap<String, Outbox> all = new ConcurrentHashMap<>();
    /** Those that were not among the living at the last look; of a gateway that has just joined others may hear first. */
    private Set<String> unseen = Set.of();

    /**
     * None yet.
     *
     * @param links the direct ways to other gateways; null for none
     * @param thread that of the routes
     */
    Outboxes(Inbox inbox, @Nullable Links links, SessionThread thread) {
        this.inbox = inbox;
        this.links = links;
        this.thread = thread;
    }

    Outbox of(String gateway) {
        return all.computeIfAbsent(
                gateway, name -> new Outbox(inbox, new EntryWriter(inbox.writer(name), links, thread), name));
    }

    /** Whether half of what may wait for one of them is there. */
    boolean areBehind() {
        for (Outbox outbox : all.values()) {
            if (outbox.isBehind()) {
                return true;
            }
        }
        return false;
    }

    /** Looks after the links; to be called about four times a second, on the thread of the routes. */
    void beat() {
        all.values().forEach(outbox -> outbox.writer().beat());
    }

    /** Those that something has been sent to. */
    Set<String> gateways() {
        return all.keySet();
    }

    /** A gateway has gone: nobody reads what is sent to it. */
    void departed(String gateway) {
        Outbox left = all.remove(gateway);
        if (left != null) {
            left.close();
        }
    }

    /** Gives up those for gateways that do not live, now and at the last look. One thread. */
    void living(Set<String> living) {
        Set<String> gone = Set.copyOf(all.keySet().stream()
                .filter(gateway -> !living.contains(gateway))
                .toList());
        gone.stream().filter(unseen::contains).forEach(this::departed);
        unseen = gone;
    }
}
