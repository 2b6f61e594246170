// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import java.util.concurrent.CompletableFuture;

/**
 * The shared subscription a delivery came through: takes it back when the client leaves without acknowledging it
 * (MQTT 5.0 section 4.8.2).
 */
public interface SharedOrigin {

    /** Whether another member is connected; if not, a kept session keeps what it has. */
    boolean canMoveOn();

    /**
     * Gives the message to another member of the group, on the thread of the session that left.
     *
     * @return whether one has it, once it is stored where that member's session is kept
     */
    CompletableFuture<Boolean> redistribute(Message message);
}
