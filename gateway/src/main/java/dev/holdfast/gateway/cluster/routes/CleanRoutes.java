// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.routes;

import dev.holdfast.gateway.cluster.notes.Note;
import dev.holdfast.gateway.routing.Routes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The routes to clean sessions at other gateways: for each gateway its filters, and how many of its clean sessions have each of them. They
 * are in no store; the other gateways tell them. On the thread of the routes.
 */
public final class CleanRoutes {
    private final Routes routes;
    private final Map<String, Map<String, Integer>> known = new ConcurrentHashMap<>();
    /** The counts of each gateway whose snapshot has begun and not ended. */
    private final Map<String, Map<String, Integer>> snapshots = new HashMap<>();

    /** No routes yet; they are put into these. */
    public CleanRoutes(Routes routes) {
        this.routes = routes;
    }

    /** Applies the count of one filter at one gateway. */
    public void changed(Note.Clean note) {
        Map<String, Integer> snapshot = snapshots.get(note.from());
        if (snapshot != null) {
            snapshot.put(note.filter(), note.count());
        }
        Map<String, Integer> counts = known.computeIfAbsent(note.from(), from -> new HashMap<>());
        if (note.count() > 0) {
            counts.put(note.filter(), note.count());
        } else {
            counts.remove(note.filter());
        }
        routes.elsewhere(note.from(), note.filter(), note.count());
    }

    /** A gateway begins to send all its counts. */
    public void snapshotBegins(String gateway) {
        snapshots.put(gateway, new HashMap<>());
    }

    /** A gateway has sent all its counts. Filters that are not among them are removed: the note about their end was lost. */
    public void snapshotEnds(String gateway) {
        Map<String, Integer> snapshot = snapshots.remove(gateway);
        if (snapshot != null) {
            for (String filter :
                    List.copyOf(known.getOrDefault(gateway, Map.of()).keySet())) {
                if (!snapshot.containsKey(filter)) {
                    changed(new Note.Clean(gateway, filter, 0));
                }
            }
        }
    }

    /** A gateway has died, and its clean sessions with it. */
    public void departed(String gateway) {
        snapshots.remove(gateway);
        Map<String, Integer> counts = known.remove(gateway);
        if (counts != null) {
            counts.keySet().forEach(filter -> routes.elsewhere(gateway, filter, 0));
        }
    }

    /** How many filters are remembered. Any thread; the number may be a moment old. */
    public int remembered() {
        int filters = 0;
        for (Map<String, Integer> each : List.copyOf(known.values())) {
            filters += each.size();
        }
        return filters + snapshots.size();
    }
}
