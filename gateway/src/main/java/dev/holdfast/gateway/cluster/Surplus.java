// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * How many clients a gateway has beyond its share, from one look at all gateways to the next, and whether moving them off helps. A gateway
 * with its share or less never moves anybody, so nothing swings to and fro. Where a balancer sends the clients back to where they were, the
 * gateway tries ever more seldom. Not for use by two threads at once.
 */
public final class Surplus {
    /** Gateways that differ by a fifth of the share, or by two clients, are left alone. */
    private static final int TOLERATED_PART = 5;

    private static final int TOLERATED_CLIENTS = 2;

    /** An hour of looks at the default interval. */
    private static final int MOST_LOOKS_OFF = 120;

    private Set<String> known = Set.of();
    private long before;
    private long moved;
    private int looksOff;
    private int looksToWait;

    /**
     * Compares the gateways once.
     *
     * @param self the gateway that looks
     * @param connections how many clients each gateway has that is ready; empty if it is not known of all
     * @return how many of its own the gateway should move off now, at most what it has beyond its share; 0 as a rule
     */
    public long look(String self, Map<String, Long> connections) {
        if (connections.isEmpty()) {
            return 0; // what was learnt of moves stays: one gateway has been slow to answer
        }
        boolean isSettled = known.equals(connections.keySet());
        known = Set.copyOf(connections.keySet());
        Long own = connections.get(self);
        if (!isSettled || own == null) {
            moved = 0;
            looksOff = 0;
            looksToWait = 0;
            return 0;
        }
        long share = share(connections);
        long surplus = own - share;
        judge(surplus, connections.size());
        long tolerated = Math.max(TOLERATED_CLIENTS, share / TOLERATED_PART);
        if (surplus <= 0 || difference(connections) <= tolerated) {
            return 0;
        }
        if (looksToWait > 0) {
            looksToWait--;
            return 0;
        }
        before = surplus;
        return surplus;
    }

    /** Says that clients are being moved off after the last look. */
    public void moves(long count) {
        moved = count;
    }

    /** Whether the clients that were moved off lately came back to this gateway. */
    public boolean isInVain() {
        return looksOff > 0;
    }

    /** What each gateway should have, rounded up. */
    public static long share(Map<String, Long> connections) {
        long all = connections.values().stream().mapToLong(each -> each).sum();
        return connections.isEmpty() ? 0 : -Math.floorDiv(-all, connections.size());
    }

    /** Of ten gateways one that lacks all its clients leaves each of the others with but a tenth more: who lacks them counts. */
    private static long difference(Map<String, Long> connections) {
        return Collections.max(connections.values()) - Collections.min(connections.values());
    }

    /** A balancer that takes turns among n gateways brings the n-th part of the clients to the one that lacks them. */
    private void judge(long surplus, int gateways) {
        if (moved == 0) {
            return;
        }
        boolean hasHelped = (before - surplus) * 2 * gateways >= moved;
        looksOff = hasHelped ? 0 : Math.min(looksOff * 2 + 1, MOST_LOOKS_OFF);
        looksToWait = looksOff;
        moved = 0;
    }
}
