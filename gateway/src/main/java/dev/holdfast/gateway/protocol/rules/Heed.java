// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import dev.holdfast.gateway.client.Outcome;
import io.netty.handler.codec.mqtt.MqttMessageType;

/**
 * How much of what a client has sent, and the gateway has not taken since it reads that client slower, still counts when the
 * gateway ends the connection. A goodbye always does: then there is no will [MQTT-3.14.4-3].
 */
public enum Heed {
    /** Nothing: the client has broken the protocol, or nothing waits. */
    NOTHING,
    /** DISCONNECT. */
    GOODBYE,
    /**
     * DISCONNECT, and what is published, as far as the session is not needed for it: that has gone to a later connection, to
     * which a client repeats what it began at QoS 2.
     */
    PUBLICATIONS,
    /** All of it. */
    ALL;

    private static final int QOS_2 = 0x04;

    /**
     * What counts before an end.
     *
     * @param hasStoodStill whether this gateway has, so that what is here may be older than what the client has sent elsewhere
     */
    public static Heed before(Outcome outcome, boolean hasStoodStill) {
        return switch (outcome) {
            case SERVER_SHUTTING_DOWN, USE_ANOTHER_SERVER, SERVER_MOVED -> ALL;
            case SESSION_TAKEN_OVER -> hasStoodStill ? GOODBYE : PUBLICATIONS;
            case TOKEN_EXPIRED,
                    TOKEN_REVOKED,
                    ADMINISTRATIVE_ACTION,
                    STORE_UNAVAILABLE,
                    SESSION_LOST,
                    SLOW_CONSUMER,
                    OUT_OF_ROOM,
                    IO_ERROR,
                    PEER_CLOSED,
                    KEEP_ALIVE_TIMEOUT -> GOODBYE;
            default -> NOTHING;
        };
    }

    /**
     * Whether a packet counts.
     *
     * @param first its first byte
     * @param isKept whether the session outlives the connection
     */
    public boolean counts(MqttMessageType type, byte first, boolean isKept) {
        return switch (this) {
            case ALL -> true;
            case GOODBYE -> type == MqttMessageType.DISCONNECT;
            case PUBLICATIONS ->
                type == MqttMessageType.DISCONNECT
                        || (type == MqttMessageType.PUBLISH && !(isKept && (first & QOS_2) != 0))
                        || (type == MqttMessageType.PUBREL && !isKept);
            case NOTHING -> false;
        };
    }
}
