// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

/** A section whose settings must fit each other. */
interface Checked {
    /** Tells what does not fit. Called once after the whole configuration has been bound. */
    void check(Complaints complaints);

    /** Where a section complains. */
    @FunctionalInterface
    interface Complaints {
        /**
         * Adds a problem.
         *
         * @param key of the section itself, {@code default-expiry}
         * @param what what is wrong, and what would be right
         */
        void about(String key, String what);
    }
}
