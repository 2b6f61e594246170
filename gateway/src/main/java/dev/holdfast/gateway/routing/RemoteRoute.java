// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

/**
 * Clean sessions at another gateway that subscribe to a filter.
 *
 * @param gateway where they are
 * @param filter as they sent it, {@code $share/group/} included
 */
record RemoteRoute(String gateway, String filter) implements RouteEntry {
    @Override
    public Object key() {
        return gateway;
    }
}
