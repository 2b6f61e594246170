// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.session.SessionStore.RoutePage;
import dev.holdfast.store.session.SessionStore.Routed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The index of routes: kept sessions that subscribe to something, by client identifier. What takes a session is called
 * under its monitor; the rest on any thread.
 */
final class RouteIndex {
    private final ConcurrentNavigableMap<String, MemorySession> routed = new ConcurrentSkipListMap<>();

    /** Puts a session in or takes it out, as it stands now. */
    void update(MemorySession session) {
        if (session.hasSubscriptions() && !session.expiry.isZero()) {
            routed.put(session.clientId, session);
        } else {
            remove(session);
        }
    }

    void remove(MemorySession session) {
        routed.remove(session.clientId, session);
    }

    void clear() {
        routed.clear();
    }

    RoutePage page(String cursor, int atMost) {
        List<Routed> page = new ArrayList<>();
        for (MemorySession session : routed.tailMap(cursor, false).values()) {
            if (page.size() == atMost) {
                return new RoutePage(page, page.get(page.size() - 1).clientId());
            }
            synchronized (session) {
                if (session.hasSubscriptions()) {
                    page.add(new Routed(session.clientId, session.born, session.subscriptions()));
                }
            }
        }
        return new RoutePage(page, null);
    }
}
