// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session that the store holds no longer.
 *
 * @param clientId its client identifier
 * @param subscriptions what it subscribed to, to be taken out of the routes
 * @param will the will that is due now since the session has ended [MQTT-3.1.3-9], or null; never that of a
 *     connection that is still live, which is its own gateway's to publish
 */
public record Erased(
        String clientId,
        List<Subscription> subscriptions,
        @Nullable Will will) {}
