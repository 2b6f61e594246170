// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The acknowledgements that wait for the store, in the order in which their packets came [MQTT-4.6.0-2],
 * [MQTT-4.6.0-3]. On the connection's thread.
 */
final class AckQueue {
    /** One acknowledgement that is owed. */
    static final class Owed {
        private final MqttMessageType type;
        private final int packetId;
        private int reasonCode = -1;
        private @Nullable String words;

        Owed(MqttMessageType type, int packetId) {
            this.type = type;
            this.packetId = packetId;
        }
    }

    private final Connection connection;
    private @Nullable ArrayDeque<Owed> waiting;

    AckQueue(Connection connection) {
        this.connection = connection;
    }

    boolean isEmpty() {
        return waiting == null;
    }

    int size() {
        return waiting == null ? 0 : waiting.size();
    }

    /** Takes a place in the order; {@link #settle} fills it. */
    Owed owe(MqttMessageType type, int packetId) {
        Owed owed = new Owed(type, packetId);
        if (waiting == null) {
            waiting = new ArrayDeque<>();
        }
        waiting.add(owed);
        return owed;
    }

    /** Whether an acknowledgement of this type and packet identifier is owed already. */
    boolean owes(MqttMessageType type, int packetId) {
        if (waiting != null) {
            for (Owed owed : waiting) {
                if (owed.type == type && owed.packetId == packetId) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The acknowledgement may be sent as soon as all that stand before it have been sent. */
    void settle(Owed settled, int reasonCode) {
        settle(settled, reasonCode, null);
    }

    /** The same, with words of its own for the reason code. */
    void settle(Owed settled, int reasonCode, @Nullable String words) {
        settled.reasonCode = reasonCode;
        settled.words = words;
        ArrayDeque<Owed> queue = waiting;
        if (queue == null) {
            return;
        }
        for (Owed owed = queue.peek(); owed != null && owed.reasonCode >= 0; owed = queue.peek()) {
            queue.remove();
            connection.send(owed.type, owed.packetId, owed.reasonCode, owed.words);
        }
        if (queue.isEmpty()) {
            waiting = null;
        }
    }
}
