// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import java.util.List;
import java.util.function.BooleanSupplier;

/** An input that is to stop the others, though each client that brings it is within its limits. */
interface Attack {
    /** As in the table. */
    String title();

    /** Settings that the gateway needs for it, as {@code path=value}, where the defaults would refuse it. */
    default List<String> settings() {
        return List.of();
    }

    /** Makes what the attack needs to be there. */
    void prepare(Crowd crowd);

    /** Takes away what would stay for ever, at rates that let it: what is retained. Kept sessions end by themselves. */
    default void clear(Crowd crowd) {}

    /** Begins to attack on threads of its own, until it is over. */
    void go(BooleanSupplier isOver);
}
