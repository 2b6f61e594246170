// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import dev.holdfast.gateway.topic.Topics;

/** What one principal may do, compiled once. Asked on the hot path: allocates nothing, safe on any thread. */
public interface Permissions {

    /** Everything but to say how a bridge is. */
    Permissions ALL = everything(false);

    /** Everything. */
    Permissions ALL_AND_BRIDGE_STATES = everything(true);

    /** Whether a message may be published to a topic name. */
    boolean mayPublish(String topic, int qos, boolean retain);

    /** Whether a topic filter (without its {@code $share/group/} prefix) may be subscribed to, whole. */
    boolean maySubscribe(String filter, int qos);

    /** Whether a message on this topic may be delivered: live, retained, queued or resumed. */
    boolean mayReceive(String topic);

    /** Whether every topic may be subscribed to and received: nobody needs to be asked then. */
    default boolean mayReceiveAll() {
        return false;
    }

    private static Permissions everything(boolean bridgeStates) {
        return new Permissions() {
            @Override
            public boolean mayPublish(String topic, int qos, boolean retain) {
                return bridgeStates || !Topics.isBridgeState(topic);
            }

            @Override
            public boolean maySubscribe(String filter, int qos) {
                return true;
            }

            @Override
            public boolean mayReceive(String topic) {
                return true;
            }

            @Override
            public boolean mayReceiveAll() {
                return true;
            }
        };
    }
}
