// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * A PUBLISH that has been read and is dealt with after everything else that this turn has read, so that what a SUBSCRIBE has asked
 * for before, on another connection of the loop, counts: the selector hands out sockets that are ready together in no particular
 * order. Of the loop only.
 */
final class ArrivedPublish implements Runnable {
    private final Connection connection;
    private final PublishHandler handler;
    private final int packetId;
    private final Message message;
    private final @Nullable Outcome refusal;
    /** The next one of the same connection. */
    @Nullable
    ArrivedPublish next;

    /**
     * One that waits.
     *
     * @param packetId 0 at QoS 0
     * @param refusal why it is not to be routed, or null
     */
    ArrivedPublish(
            Connection connection, PublishHandler handler, int packetId, Message message, @Nullable Outcome refusal) {
        this.connection = connection;
        this.handler = handler;
        this.packetId = packetId;
        this.message = message;
        this.refusal = refusal;
    }

    Connection connection() {
        return connection;
    }

    @Override
    public void run() {
        handler.dealWith(connection, packetId, message, refusal);
    }
}
