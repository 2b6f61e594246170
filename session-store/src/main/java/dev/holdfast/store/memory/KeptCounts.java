// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import java.util.concurrent.ConcurrentHashMap;

/** How many kept sessions each principal has, of those whose number is bounded. Any thread. */
final class KeptCounts {
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

    /** Counts one more, unless there are so many already. */
    boolean begin(String principal, int most) {
        boolean[] isOver = new boolean[1];
        counts.compute(principal, (name, count) -> {
            isOver[0] = count != null && count >= most;
            return isOver[0] ? count : Integer.valueOf(count == null ? 1 : count + 1);
        });
        return !isOver[0];
    }

    /** Counts one less. */
    void end(String principal) {
        counts.computeIfPresent(principal, (name, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
    }
}
