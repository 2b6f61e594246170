// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Message;
import java.util.List;

/**
 * Some of what sessions of one client identifier, which have ended, had been given through shared subscriptions and had not
 * acknowledged: for other members (MQTT 5.0 section 4.8.2). Oldest first.
 *
 * @param clientId of the sessions
 * @param messages each with its shared subscription
 * @param all how many there were when these were read, these included
 */
public record Leftovers(String clientId, List<Leftover> messages, int all) {
    /**
     * One message.
     *
     * @param share the shared subscription, {@code $share/group/} included
     * @param message with the QoS that it had for the member that has gone
     */
    public record Leftover(String share, Message message) {}
}
