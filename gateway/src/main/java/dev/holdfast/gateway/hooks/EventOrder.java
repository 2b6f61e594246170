// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Lets the events of one client identifier out in the order of their epochs. Operations on one session take effect in
 * order, but their answers may come crosswise: events wait while another operation on the session is under way here. Any
 * thread; a monitor is held for the hand-over of a few events.
 */
final class EventOrder {
    /** A client identifier that never comes to rest is let out nevertheless. */
    private static final int MOST_WAITING = 64;

    private final ConcurrentHashMap<String, UnderWay> underWay = new ConcurrentHashMap<>();
    private final Consumer<LifecycleEvent> out;

    EventOrder(Consumer<LifecycleEvent> out) {
        this.out = out;
    }

    private static final class UnderWay {
        private final List<LifecycleEvent> waiting = new ArrayList<>();
        private int operations;
    }

    /** An operation has been begun. */
    void begins(String clientId) {
        underWay.compute(clientId, (id, known) -> {
            UnderWay present = known == null ? new UnderWay() : known;
            present.operations++;
            return present;
        });
    }

    /** An operation has been answered, with these events, all of one client identifier. */
    void ends(String clientId, List<LifecycleEvent> events) {
        let(clientId, events, 1);
    }

    /** Something has happened that this gateway did not begin for this client identifier. */
    void happened(String clientId, List<LifecycleEvent> events) {
        let(clientId, events, 0);
    }

    private void let(String clientId, List<LifecycleEvent> events, int ended) {
        underWay.compute(clientId, (id, known) -> {
            if (known == null) {
                events.forEach(out);
                return null;
            }
            known.operations -= ended;
            known.waiting.addAll(events);
            if (known.operations > 0 && known.waiting.size() < MOST_WAITING) {
                return known;
            }
            known.waiting.sort(Comparator.comparingLong(LifecycleEvent::epoch));
            known.waiting.forEach(out);
            known.waiting.clear();
            return known.operations > 0 ? known : null;
        });
    }
}
