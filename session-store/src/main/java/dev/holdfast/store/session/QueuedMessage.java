// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * One position of a session's outbound queue.
 *
 * @param seq given at enqueue, never reused; the packet identifier follows from it, see {@link #packetId(long, int)}
 * @param qos the QoS it is delivered with, 0 to 2
 * @param retain the RETAIN flag it is delivered with
 * @param subscriptionIdentifiers see {@link EnqueueTarget}; not to be written to
 * @param message what is to be delivered, or null where {@code state} is not QUEUED
 * @param state whether it is to be sent, or how far its exchange has come
 */
public record QueuedMessage(
        long seq,
        int qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        @Nullable Message message,
        State state) {

    /** How far the delivery of one position has come, as far as the store knows. */
    public enum State {
        /** To be sent as PUBLISH, with DUP = 1 if it may have been sent before. */
        QUEUED,
        /** PUBREC has come: PUBREL is owed, the message is dropped [MQTT-4.3.3-6]. */
        RELEASED,
        /** Acknowledged out of order: nothing is owed, it leaves when those before it have left. */
        DONE
    }

    /** How many packet identifiers MQTT has. */
    public static final int IDENTIFIERS = 65_535;

    /**
     * The packet identifier of a seq: the same on every gateway, so that a resumed session resends with the original one
     * without any write having recorded it [MQTT-4.4.0-1].
     *
     * @param identifiers how many the session's queue has, see {@link Attached#identifiers}
     * @return 1 to {@code identifiers}
     */
    public static int packetId(long seq, int identifiers) {
        return (int) ((seq - 1) % identifiers) + 1;
    }
}
