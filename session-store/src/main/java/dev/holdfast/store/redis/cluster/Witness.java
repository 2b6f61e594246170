// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one gateway has seen of the leases. A lease is late when this gateway has seen it stand still for its whole duration by
 * its own clock; or for half of it, if the lease has also run out by Redis' clock. So a step of Redis' clock alone makes no lease
 * late, and the lease of a gateway that dies is late when it has run out. Any thread.
 */
final class Witness {
    private static final long SHORTEST_GAP_NANOS = Duration.ofSeconds(1).toNanos();

    private final long leaseNanos;
    /** If this gateway has not looked for longer, it has not seen a lease stand still: Redis may have been away for all. */
    private final long gapNanos;

    private final Map<String, Seen> leases = new HashMap<>();
    private long lookedAtNanos;

    /**
     * A lease as it was seen.
     *
     * @param end its end in Redis' time, which each renewal changes
     * @param wasRenewed whether this gateway has seen a renewal
     */
    private record Seen(long end, long sinceNanos, boolean hasRunOut, boolean wasRenewed) {}

    /** A witness of leases of a duration, which has seen none yet. */
    Witness(Duration lease) {
        leaseNanos = lease.toNanos();
        gapNanos = Math.max(SHORTEST_GAP_NANOS, leaseNanos * 2 / 5);
    }

    /**
     * Takes note of all leases.
     *
     * @param ends the end of each gateway's lease, in ms of Redis' time
     * @param redisMillis the time by Redis' clock
     * @param nowNanos the time by this gateway's monotonic clock
     */
    synchronized void looked(Map<String, Long> ends, long redisMillis, long nowNanos) {
        boolean wasAway = nowNanos - lookedAtNanos > gapNanos;
        lookedAtNanos = nowNanos;
        leases.keySet().retainAll(ends.keySet());
        ends.forEach((gateway, end) -> leases.compute(gateway, (id, before) -> {
            boolean isSame = before != null && before.end() == end;
            boolean wasRenewed = before != null && (before.wasRenewed() || !isSame);
            long since = isSame && !wasAway ? before.sinceNanos() : nowNanos;
            return new Seen(end, since, redisMillis >= end, wasRenewed);
        }));
    }

    /** The gateways whose lease runs. If this gateway has not seen a lease renewed yet, Redis' clock decides. */
    synchronized Set<String> living() {
        Set<String> living = new HashSet<>();
        leases.forEach((gateway, seen) -> {
            if (!isLate(seen) && (seen.wasRenewed() || !seen.hasRunOut())) {
                living.add(gateway);
            }
        });
        return living;
    }

    /** The late leases, each with the end that was seen. */
    synchronized Map<String, Long> late() {
        Map<String, Long> late = new HashMap<>();
        leases.forEach((gateway, seen) -> {
            if (isLate(seen)) {
                late.put(gateway, seen.end());
            }
        });
        return late;
    }

    private boolean isLate(Seen seen) {
        long silent = lookedAtNanos - seen.sinceNanos();
        return silent >= leaseNanos || (silent >= leaseNanos / 2 && seen.hasRunOut());
    }
}
