// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

/** What one principal may do, compiled once. Asked on the hot path: allocates nothing, safe on any thread. */
public interface Permissions {

    /** Everything. */
    Permissions ALL = new Permissions() {
        @Override
        public boolean mayPublish(String topic, int qos, boolean retain) {
            return true;
        }

        @Override
        public boolean maySubscribe(String filter, int qos) {
            return true;
        }

        @Override
        public boolean mayReceive(String topic) {
            return true;
        }
    };

    /** Whether a message may be published to a topic name. */
    boolean mayPublish(String topic, int qos, boolean retain);

    /** Whether a topic filter (without its {@code $share/group/} prefix) may be subscribed to, whole. */
    boolean maySubscribe(String filter, int qos);

    /** Whether a message on this topic may be delivered: live, retained, queued or resumed. */
    boolean mayReceive(String topic);
}
