// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits for the client of a clean session, or for its acknowledgement.
 *
 * @param message the message
 * @param qos 1 or 2
 * @param retain the RETAIN flag that it is delivered with
 * @param subscriptionIdentifiers the identifiers of the matching subscriptions; not to be changed
 * @param origin the shared subscription that it came through, or null
 */
record Waiting(
        Message message,
        int qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        @Nullable SharedOrigin origin) {}
