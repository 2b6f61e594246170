// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to one clean session.
 *
 * @param message what is delivered
 * @param qos 1 or 2
 * @param retain the RETAIN flag it is delivered with
 * @param subscriptionIdentifiers those of the matching subscriptions; not to be written to
 * @param origin the shared subscription it came through, or null
 */
record Waiting(
        Message message,
        int qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        @Nullable SharedOrigin origin) {}
