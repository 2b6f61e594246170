// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has to do with {@code $auth/refresh} beyond the renewal under way: those that wait their turn,
 * and the packet identifiers of exchanges at QoS 2 that have not ended. On the connection's thread.
 */
final class Renewals {
    /** How many renewals of one client may wait; a client that reconnects repeats one or two. */
    private static final int MOST_WAITING = 16;

    private @Nullable ArrayDeque<Runnable> waiting;
    private @Nullable Map<Integer, Exchange> exchanges;
    /** How many PUBRELs may still come of exchanges that have ended: one for each PUBREC. */
    private @Nullable Map<Integer, Integer> repeated;

    /** A PUBLISH at QoS 2, until its PUBREL. A repeat gets the same answer as the first one [MQTT-4.3.3-10]. */
    static final class Exchange {
        private final List<AckQueue.Owed> waiting = new ArrayList<>(1);
        private boolean isAnswered;
        private int pubrecs;

        /** A PUBREC is owed; whether it is to be settled now, since the token has been judged and was not refused. */
        boolean owes(AckQueue.Owed owed) {
            pubrecs++;
            return isAnswered || !waiting.add(owed);
        }

        /** The token has been judged: the PUBRECs that have waited for it, to be settled. */
        List<AckQueue.Owed> answered() {
            isAnswered = true;
            List<AckQueue.Owed> all = List.copyOf(waiting);
            waiting.clear();
            return all;
        }
    }

    /** Has a renewal wait until those before it have been judged; false if too many wait already. */
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

    /** The exchange that has begun under this packet identifier, or null. */
    @Nullable
    Exchange exchange(int packetId) {
        return exchanges == null ? null : exchanges.get(packetId);
    }

    /** An exchange at QoS 2 begins. */
    Exchange begin(int packetId) {
        Map<Integer, Exchange> present = exchanges;
        if (present == null) {
            present = new HashMap<>(2);
            exchanges = present;
        }
        if (repeated != null) {
            repeated.remove(packetId);
        }
        Exchange begun = new Exchange();
        present.put(packetId, begun);
        return begun;
    }

    /** Whether an exchange has begun under this packet identifier. */
    boolean holds(int packetId) {
        return exchange(packetId) != null;
    }

    /** PUBREL: an exchange ends. The client may answer the PUBREC of each repeat, too. */
    void released(int packetId) {
        Exchange ended = exchanges == null ? null : exchanges.remove(packetId);
        if (ended == null || ended.pubrecs < 2) {
            return;
        }
        Map<Integer, Integer> more = repeated;
        if (more == null) {
            more = new HashMap<>(2);
            repeated = more;
        }
        if (more.size() < MOST_WAITING) {
            more.put(packetId, ended.pubrecs - 1);
        }
    }

    /** Whether a PUBREL answers one more PUBREC of an exchange that has ended. */
    boolean isReleasedAgain(int packetId) {
        return repeated != null
                && repeated.computeIfPresent(packetId, (id, left) -> left > 0 ? left - 1 : null) != null;
    }

    /** PUBREC with a failure: an exchange ends, and no PUBREL is to come. */
    void end(int packetId, Exchange refused) {
        if (exchanges != null) {
            exchanges.remove(packetId, refused);
        }
    }

    /** How many exchanges have begun; they count against the server's Receive Maximum. */
    int size() {
        return exchanges == null ? 0 : exchanges.size();
    }
}
