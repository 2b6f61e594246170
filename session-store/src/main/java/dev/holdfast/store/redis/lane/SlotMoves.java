// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import java.util.Set;

/** What a lane tells the set of lanes of a cluster, where slots move from master to master. On the thread that runs the lane. */
interface SlotMoves {
    /** Outside of a cluster no slot moves. */
    SlotMoves NONE = new SlotMoves() {
        @Override
        public void ended(int slot) {}

        @Override
        public void astray(Lane from, Set<Integer> slots) {}
    };

    /** A call on a slot has ended: it neither waits nor is under way. */
    void ended(int slot);

    /** Other lanes are to have all calls on these slots; none of these calls is under way. */
    void astray(Lane from, Set<Integer> slots);
}
