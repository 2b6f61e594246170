// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import io.netty.handler.codec.mqtt.MqttMessageType;
import java.time.Duration;

/**
 * The SUBSCRIBEs and UNSUBSCRIBEs of a client that are being stored. What the client publishes behind them stays in the
 * {@link dev.holdfast.gateway.codec.Framer} until they are in the routes: each message of the client
 * meets the subscriptions that stand before it in the client's stream. The client is not read meanwhile, for 500 ms at most.
 */
final class SubscriptionBarrier {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Connection connection;
    private int underWay;
    private boolean isWaitedFor;
    private boolean isOpen;

    SubscriptionBarrier(Connection connection) {
        this.connection = connection;
    }

    /** One more change is being stored. */
    void begin() {
        underWay++;
    }

    /** One is in the routes; with the last one the client goes on. */
    void end() {
        if (--underWay == 0) {
            open();
        }
    }

    /** Whether a packet of this type has to wait. If so, the packets behind it wait, too. */
    boolean holds(MqttMessageType type) {
        // PUBREL is what distributes a message of QoS 2.
        if (isOpen || (type != MqttMessageType.PUBLISH && type != MqttMessageType.PUBREL)) {
            return false;
        }
        if (!isWaitedFor) {
            isWaitedFor = true;
            connection.pacing().pause(Pacing.BEHIND_SUBSCRIBE);
            connection.tools().later(PATIENCE, this::open);
        }
        return true;
    }

    private void open() {
        if (!isOpen) {
            isOpen = true;
            connection.input().opened(this);
            connection.pacing().goOn(Pacing.BEHIND_SUBSCRIBE);
        }
    }
}
