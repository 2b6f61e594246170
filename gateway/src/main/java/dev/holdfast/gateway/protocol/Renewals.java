// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has to do with {@code $auth/refresh} beyond the renewal under way: those that wait their turn,
 * and the packet identifiers of exchanges at QoS 2 that have not ended. On the connection's thread.
 */
final class Renewals {
    /** A client that comes back sends again what was in flight: one or two. */
    private static final int MOST_WAITING = 16;

    private @Nullable ArrayDeque<Runnable> waiting;
    private @Nullable Set<Integer> exchanges;

    /** Has a renewal wait until those before it have been judged; false if too many do. */
    boolean await(Runnable renewal) {
        ArrayDeque<Runnable> present = waiting;
        if (present == null) {
            present = new ArrayDeque<>(2);
            waiting = present;
        }
        return present.size() < MOST_WAITING && present.add(renewal);
    }

    /** The renewal whose turn it is, or null. */
    @Nullable
    Runnable next() {
        return waiting == null ? null : waiting.poll();
    }

    /** An exchange at QoS 2 begins, or goes on with a repeat. */
    void begin(int packetId) {
        Set<Integer> present = exchanges;
        if (present == null) {
            present = new HashSet<>(2);
            exchanges = present;
        }
        present.add(packetId);
    }

    /** Whether an exchange has begun under this packet identifier. */
    boolean holds(int packetId) {
        return exchanges != null && exchanges.contains(packetId);
    }

    /** An exchange ends; whether there was one. */
    boolean end(int packetId) {
        return exchanges != null && exchanges.remove(packetId);
    }

    /** How many exchanges have begun; they count against the server's Receive Maximum. */
    int size() {
        return exchanges == null ? 0 : exchanges.size();
    }
}
