// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import java.util.function.Consumer;

/** Something that must hold for a whole history; told of its events in order. What is kept of them is bounded. */
interface Invariant {
    /** Takes note of an event, and says what is wrong with it. */
    void see(Event event, Consumer<String> violations);

    /** Says what has not come to pass by the end. */
    default void end(Consumer<String> violations) {}
}
