// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may know of a client's connection.
 *
 * @param connection how the client is connected
 * @param keepAliveSeconds the keep alive that was agreed upon; 0 for none
 * @param expiry how long the session is kept if the connection ends now
 * @param authorizedUntil when the client's token expires, or null
 */
public record ClientFacts(
        ConnectedBy connection,
        int keepAliveSeconds,
        Duration expiry,
        @Nullable Instant authorizedUntil) {}
