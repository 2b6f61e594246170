// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.store.Subscription;

/**
 * One subscription of one session.
 *
 * @param slot whose it is
 * @param subscription what was granted
 */
record Route(SessionSlot slot, Subscription subscription) implements RouteEntry {
    @Override
    public Object key() {
        return slot;
    }
}
