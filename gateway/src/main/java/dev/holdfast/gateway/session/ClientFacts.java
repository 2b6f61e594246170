// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may know of a connection.
 *
 * @param link how the client is connected
 * @param keepAliveSeconds what was agreed upon; 0 for none
 * @param expiry for how long the session is kept when the connection ends now
 * @param authorizedUntil when its token expires, or null
 */
public record ClientFacts(
        Link link,
        int keepAliveSeconds,
        Duration expiry,
        @Nullable Instant authorizedUntil) {}
