// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits for the client of a clean session, or for its acknowledgement.
 *
 * @param message the message
 * @param qos 1 or 2
 * @param retain the RETAIN flag that it is delivered with
 * @param subscriptionIdentifiers the identifiers of the matching subscriptions; not to be changed
 * @param origin the shared subscription that it came through, or null
 */
record Waiting(
        Message message,
        int qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        @Nullable SharedOrigin origin) {
    /** What an entry of a queue costs besides its message, in bytes. */
    private static final int ENTRY_BYTES = 72;

    /** The size of the message's body, in bytes. */
    int size() {
        return message.size();
    }

    /** Charges what this holds. */
    void hold(HeldMemory memory) {
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        message.hold(memory, HeldMemory.Kind.QUEUES);
    }

    /** Gives back what {@link #hold} has charged. */
    void letGo(HeldMemory memory) {
        memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
        message.letGo(memory);
    }
}
