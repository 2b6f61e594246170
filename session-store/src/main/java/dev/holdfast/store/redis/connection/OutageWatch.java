// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.OutageListener;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether Redis is away, or parts of a cluster, looked at once a second; and what was left out for that. Any thread. */
final class OutageWatch {
    private static final int MOST_RANGES = 8;

    private final RedisConnection connection;
    private volatile @Nullable OutageListener listener;
    private volatile @Nullable String away;
    private volatile boolean isLeftOut;
    private int slots; // guarded by this
    private boolean isSilent; // guarded by this

    OutageWatch(RedisConnection connection) {
        this.connection = connection;
    }

    synchronized void listen(OutageListener newListener) {
        listener = newListener;
        String now = away;
        if (now != null) {
            newListener.away(now);
        }
    }

    /** What is away, for the operator; null if nothing is. */
    @Nullable
    String away() {
        return away;
    }

    /** A call has not been made since the part that it is for is away. */
    void somethingIsLeftOut() {
        isLeftOut = true;
    }

    synchronized void look() {
        lookAtAll();
        if (!connection.isCluster()) {
            return;
        }
        int before = slots;
        BitSet missing = connection.slotsAway();
        slots = missing.cardinality();
        String now = slots == 0 ? null : wordsFor(missing, connection.silentServers());
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
        isSilent = connection.isSilent();
        OutageListener present = listener;
        // Who does not let us in is not silent; why is told as such.
        if (isSilent && !was && connection.refused() != null) {
            isSilent = false;
        }
        if (present != null && isSilent && !was) {
            present.silent(String.join(", ", connection.silentServers()));
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
