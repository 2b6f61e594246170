// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Subscription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session that the store holds no longer.
 *
 * @param ref its client identifier and last epoch
 * @param principal whose it was
 * @param end why it has ended
 * @param displaced the connection that was live until then and must be closed, or null
 * @param subscriptions what it subscribed to, to be taken out of the routes
 * @param will the will that is the caller's to publish now since the session has ended [MQTT-3.1.3-9], or null; never
 *     that of a displaced connection, of which its own gateway is asked first
 */
public record Erased(
        SessionRef ref,
        String principal,
        End end,
        @Nullable DisplacedConnection displaced,
        List<Subscription> subscriptions,
        @Nullable DueWill will) {
    /** Why a session has ended. */
    public enum End {
        /** Its connection went, and it was not to be kept. */
        LEFT,
        /** Its client did not come back in time. */
        EXPIRED,
        /** A later connection of the same client identifier has begun anew. */
        DISCARDED,
        /** An operator has destroyed it. */
        DESTROYED
    }

    /** Its client identifier. */
    public String clientId() {
        return ref.clientId();
    }
}
