// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

/** A section whose settings must fit each other. */
interface Checked {
    /** Tells what does not fit. Called once after the whole configuration has been bound. */
    void check(Complaints complaints);
}
