// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.topic.TrieEntry;

/** Clean sessions at another gateway that subscribe to a filter. */
final class RemoteRoute extends TrieEntry {
    private final String gateway;

    /**
     * A route that is nowhere yet.
     *
     * @param gateway where the sessions are
     * @param filter as they sent it, {@code $share/group/} included
     */
    RemoteRoute(String gateway, String filter) {
        super(filter);
        this.gateway = gateway;
    }

    String gateway() {
        return gateway;
    }

    @Override
    public Object key() {
        return gateway;
    }
}
