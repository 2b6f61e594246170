// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;

/**
 * The shared subscription a delivery came through: takes it back when the client leaves without acknowledging it
 * (MQTT 5.0 section 4.8.2).
 */
public interface SharedOrigin {

    /** Whether another member is connected; if not, a kept session keeps what it has. */
    boolean canMoveOn();

    /** Gives the message to another member of the group, on the thread of the session that left. */
    void redistribute(Message message);
}
