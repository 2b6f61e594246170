// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.Message;
import java.util.concurrent.CompletableFuture;

/**
 * The shared subscription that a message came through: it finds another member when the client leaves without
 * acknowledging the message (MQTT 5.0 section 4.8.2).
 */
public interface SharedOrigin {

    /** Whether another member is connected. If not, a kept session keeps the message. */
    boolean canMoveOn();

    /**
     * Gives the message to another member of the group, on the thread of the session that left.
     *
     * @return whether a member has it; if that member's session is kept, once the message is stored
     */
    CompletableFuture<Boolean> redistribute(Message message);
}
