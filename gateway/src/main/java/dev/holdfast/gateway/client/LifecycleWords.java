// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.Leaving;

/** What listeners of lifecycle events are told of a client. On its connection's thread. */
final class LifecycleWords {
    private LifecycleWords() {}

    /** How the client is connected, if anybody listens; else {@link ConnectedBy#UNKNOWN}. */
    static ConnectedBy connectedBy(Client client) {
        return client.services().sessions().isHeard() ? client.connection().connectedBy() : ConnectedBy.UNKNOWN;
    }

    /** Why the client has left. */
    static Leaving leaving(Client client, Outcome why, String principal) {
        return new Leaving(principal, connectedBy(client), why.event(), why.tag());
    }
}
