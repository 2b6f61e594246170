// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Will;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a CONNECT asks of the store.
 *
 * @param clientId the client identifier, not empty
 * @param principal who the client proved to be; a session belongs to the principal that made it
 * @param gateway the id of the gateway that owns the session from now on
 * @param cleanStart whether a kept session is erased first
 * @param expiry how long the session is kept after its connection has gone; zero keeps nothing (a clean session)
 * @param will the will of this connection, or null
 * @param limits the bounds of the outbound queue
 * @param maxSessions how many kept sessions the principal may have; 0 is any number, and they are not counted
 */
public record AttachRequest(
        String clientId,
        String principal,
        String gateway,
        boolean cleanStart,
        Duration expiry,
        @Nullable Will will,
        QueueLimits limits,
        int maxSessions) {
    /** The same where a principal may have any number of kept sessions. */
    public AttachRequest(
            String clientId,
            String principal,
            String gateway,
            boolean cleanStart,
            Duration expiry,
            @Nullable Will will,
            QueueLimits limits) {
        this(clientId, principal, gateway, cleanStart, expiry, will, limits, 0);
    }
}
