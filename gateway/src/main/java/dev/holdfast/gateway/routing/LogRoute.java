// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.topic.TrieEntry;

/** The log of a wide filter: kept sessions read it, whoever they are and wherever they are connected. */
final class LogRoute extends TrieEntry {
    /** There is one log for a filter. */
    static final Object THE_LOG = new Object();

    /** A route that is nowhere yet. */
    LogRoute(String filter) {
        super(filter);
    }

    @Override
    public Object key() {
        return THE_LOG;
    }
}
