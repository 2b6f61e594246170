// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.store.Inbox;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is on its way to all the other gateways: an outbox for each, from the first note on until it has gone. Any thread. */
final class Outboxes {
    private final Inbox inbox;
    private final ConcurrentHashMap<String, Outbox> all = new ConcurrentHashMap<>();
    /** Those that were not among the living at the last look; of a gateway that has just joined others may hear first. */
    private Set<String> unseen = Set.of();

    Outboxes(Inbox inbox) {
        this.inbox = inbox;
    }

    Outbox of(String gateway) {
        return all.computeIfAbsent(gateway, name -> new Outbox(inbox, name));
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
