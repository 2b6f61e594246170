// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The client identifiers of connections that are coming or going: the store has been asked to attach and the connection has
 * not entered, or the connection has left and the store has not been told. There is no live session of such a connection,
 * and yet it belongs to this gateway. Any thread.
 */
final class Passing {
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

    /** A connection begins to come or to go. {@link #end} follows. */
    void begin(String clientId) {
        counts.merge(clientId, 1, Integer::sum);
    }

    /** The connection has entered, or it has gone. */
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
