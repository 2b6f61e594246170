// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

/** A section whose settings must fit each other. */
public interface Checked {
    /** Tells what does not fit. Called once after the whole configuration has been bound. */
    void check(Complaints complaints);
}
