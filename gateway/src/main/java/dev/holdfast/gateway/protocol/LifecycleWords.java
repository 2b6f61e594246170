// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.ConnectedBy;
import dev.holdfast.gateway.session.Leaving;

/** What listeners of lifecycle events are told of a connection. On its thread. */
final class LifecycleWords {
    private LifecycleWords() {}

    /** How the client is connected, if anybody wants to know. */
    static ConnectedBy connectedBy(Connection connection) {
        if (!connection.services().sessions().isHeard()) {
            return ConnectedBy.UNKNOWN;
        }
        return how(connection);
    }

    /** How the client is connected. */
    static ConnectedBy how(Connection connection) {
        String protocol = switch (connection.version()) {
            case MQTT_3_1 -> "3.1";
            case MQTT_3_1_1 -> "3.1.1";
            case MQTT_5 -> "5.0";
        };
        return new ConnectedBy(
                connection.wire().peer().address(),
                connection.wire().peer().transport().tag(),
                protocol);
    }

    /** Why the connection has left. */
    static Leaving leaving(Connection connection, Outcome why, String principal) {
        return new Leaving(principal, connectedBy(connection), why.event(), why.tag());
    }
}
