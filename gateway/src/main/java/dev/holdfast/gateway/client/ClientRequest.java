// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for when it connects, within what this gateway grants.
 *
 * @param clientId the client identifier, as sent or as assigned
 * @param username the User Name, or null
 * @param cleanStart whether a kept session is to be discarded
 * @param expiry how long the session outlives its connection
 * @param receiveMaximum how many unacknowledged messages of QoS 1 and 2 the client is sent
 * @param agreement what both keep to once the client is accepted
 */
public record ClientRequest(
        String clientId,
        @Nullable String username,
        boolean cleanStart,
        Duration expiry,
        int receiveMaximum,
        Agreement agreement) {

    /** The same, with a session that is kept for so long at most after its connection has ended. */
    ClientRequest keptAtMost(Duration longest) {
        return expiry.compareTo(longest) <= 0
                ? this
                : new ClientRequest(
                        clientId, username, cleanStart, longest, receiveMaximum, agreement.withExpiry(longest));
    }
}
