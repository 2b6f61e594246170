// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import java.time.Duration;

/** The time of a store under test: moved by hand where the store takes a clock, waited for where it does not. */
public interface Time {

    /** The store's time in milliseconds since the epoch. */
    long nowMillis();

    /**
     * A time that is short and yet long for this store: what is due in one step has not come when two operations
     * follow each other, and has come after {@code pass(step())}.
     */
    Duration step();

    /** Returns when so much of the store's time has gone by. */
    void pass(Duration duration);

    /** Several steps. */
    default Duration steps(int count) {
        return step().multipliedBy(count);
    }
}
