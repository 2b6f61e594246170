// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one gateway has seen of the leases. A lease is late when it has stood still under its eyes: for its whole
 * duration by this gateway's own clock, or for half of it where Redis' clock says as well that it has run out. So a step of
 * Redis' clock makes nobody late, and a gateway that dies is late when its lease has run out. Any thread.
 */
final class Witness {
    private static final long SHORTEST_GAP_NANOS = Duration.ofSeconds(1).toNanos();

    private final long leaseNanos;
    /** Who has not looked for so long has not seen a lease stand still: Redis may have been away for all. */
    private final long gapNanos;

    private final Map<String, Seen> leases = new HashMap<>();
    private long lookedAtNanos;

    /**
     * A lease as it was found.
     *
     * @param end in Redis' time, another one after each renewal
     * @param wasRenewed whether it has been renewed since this gateway looks
     */
    private record Seen(long end, long sinceNanos, boolean hasRunOut, boolean wasRenewed) {}

    /** A witness of leases of such a duration, who has not looked yet. */
    Witness(Duration lease) {
        leaseNanos = lease.toNanos();
        gapNanos = Math.max(SHORTEST_GAP_NANOS, leaseNanos * 2 / 5);
    }

    /**
     * Takes note of all leases as they stand.
     *
     * @param ends by gateway, in Redis' milliseconds
     * @param redisMillis what Redis' clock says
     * @param nowNanos what this gateway's says
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

    /** The gateways whose lease runs; of those that this one has not seen renew it yet Redis' clock decides. */
    synchronized Set<String> living() {
        Set<String> living = new HashSet<>();
        leases.forEach((gateway, seen) -> {
            if (!isLate(seen) && (seen.wasRenewed() || !seen.hasRunOut())) {
                living.add(gateway);
            }
        });
        return living;
    }

    /** The leases that are late, with the end that they had. */
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
