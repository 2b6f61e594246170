// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The client identifiers of which a connection comes or goes: its attach has been asked for and it has not entered, or it has
 * left and the store has not been told of that. No live session stands for them, yet they are this gateway's. Any thread.
 */
final class Passing {
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

    /** A connection begins to come, or to go; {@link #end} follows. */
    void begin(String clientId) {
        counts.merge(clientId, 1, Integer::sum);
    }

    /** It is there, or it has gone. */
    void end(String clientId) {
        counts.computeIfPresent(clientId, (id, count) -> count > 1 ? count - 1 : null);
    }

    boolean contains(String clientId) {
        return counts.containsKey(clientId);
    }

    int size() {
        return counts.size();
    }
}
