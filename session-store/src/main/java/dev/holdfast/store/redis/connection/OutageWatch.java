// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells a listener when Redis goes away and comes back, whole or in parts; looks once a second. Also remembers whether some
 * call was not made because its part was away: then the listener hears when the part is back. Any thread.
 */
final class OutageWatch {
    private static final int MOST_RANGES = 8;

    private final RedisConnection connection;
    private final Masters masters;
    private volatile @Nullable OutageListener listener;
    private volatile @Nullable String away;
    private volatile boolean isLeftOut;
    private int slots; // guarded by this
    private boolean isSilent; // guarded by this

    OutageWatch(RedisConnection connection, Masters masters) {
        this.connection = connection;
        this.masters = masters;
    }

    synchronized void listen(OutageListener newListener) {
        listener = newListener;
        String now = away;
        if (now != null) {
            newListener.away(now);
        }
    }

    /** The parts that are away, in words for the operator; null if none is. */
    @Nullable
    String away() {
        return away;
    }

    /** A call has not been made, because the part that it needs is away. */
    void somethingIsLeftOut() {
        isLeftOut = true;
    }

    synchronized void look() {
        lookAtAll();
        if (!masters.isCluster()) {
            return;
        }
        int before = slots;
        BitSet missing = masters.slotsAway();
        slots = missing.cardinality();
        String now = slots == 0 ? null : wordsFor(missing, masters.silentAddresses());
        away = now;
        OutageListener present = listener;
        if (present == null) {
            return;
        }
        if (slots > before && now != null) {
            present.away(now);
        } else if (slots < before || (slots == 0 && isLeftOut)) {
            isLeftOut = false;
            present.back(now);
        }
    }

    private void lookAtAll() {
        boolean was = isSilent;
        isSilent = masters.areAllSilent();
        OutageListener present = listener;
        // A server that refuses this gateway is not silent: the refusal is told instead.
        if (isSilent && !was && connection.refused() != null) {
            isSilent = false;
        }
        if (present != null && isSilent && !was) {
            present.silent(String.join(", ", masters.silentAddresses()));
        } else if (present != null && was && !isSilent) {
            present.answers();
        }
    }

    private static String wordsFor(BitSet missing, List<String> silent) {
        StringBuilder words =
                new StringBuilder(missing.cardinality() + " of " + RedisKeys.SLOTS + " slots are not served (");
        int ranges = 0;
        for (int from = missing.nextSetBit(0); from >= 0; ranges++) {
            int end = missing.nextClearBit(from);
            if (ranges == MOST_RANGES) {
                words.append(" ...");
                break;
            }
            words.append(ranges == 0 ? "" : " ").append(from).append('-').append(end - 1);
            from = missing.nextSetBit(end);
        }
        words.append(')');
        if (!silent.isEmpty()) {
            words.append(", no answer from ").append(String.join(", ", silent));
        }
        return words.toString();
    }
}
