// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where a connection stands in its life, what may come next, and which packets are legal meanwhile. */
enum Phase {
    /** Open; nothing but CONNECT is legal [MQTT-3.1.0-1]. */
    AWAITING_CONNECT,
    /** CONNECT has come, the verdict or the session has not; nothing is read. */
    AUTHENTICATING,
    /** CONNACK has been sent. */
    CONNECTED,
    /** An AUTH packet is being judged; everything else goes on. */
    REAUTHENTICATING,
    /** The end has been decided; what is still read is ignored. */
    CLOSING,
    /** The socket has gone. */
    CLOSED;

    private static final Map<Phase, Set<Phase>> NEXT = new EnumMap<>(Map.of(
            AWAITING_CONNECT, EnumSet.of(AUTHENTICATING, CLOSING, CLOSED),
            AUTHENTICATING, EnumSet.of(CONNECTED, CLOSING, CLOSED),
            CONNECTED, EnumSet.of(REAUTHENTICATING, CLOSING, CLOSED),
            REAUTHENTICATING, EnumSet.of(CONNECTED, CLOSING, CLOSED),
            CLOSING, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(Phase.class)));

    private static final Set<MqttMessageType> OF_A_CLIENT = EnumSet.of(
            MqttMessageType.PUBLISH,
            MqttMessageType.PUBACK,
            MqttMessageType.PUBREC,
            MqttMessageType.PUBREL,
            MqttMessageType.PUBCOMP,
            MqttMessageType.SUBSCRIBE,
            MqttMessageType.UNSUBSCRIBE,
            MqttMessageType.PINGREQ,
            MqttMessageType.DISCONNECT,
            MqttMessageType.AUTH);

    private static final Map<Phase, Set<MqttMessageType>> LEGAL = new EnumMap<>(Map.of(
            AWAITING_CONNECT, EnumSet.of(MqttMessageType.CONNECT),
            AUTHENTICATING, EnumSet.noneOf(MqttMessageType.class),
            CONNECTED, OF_A_CLIENT,
            REAUTHENTICATING, OF_A_CLIENT,
            CLOSING, EnumSet.noneOf(MqttMessageType.class),
            CLOSED, EnumSet.noneOf(MqttMessageType.class)));

    boolean mayBecome(Phase next) {
        return successors().contains(next);
    }

    /** Whether a packet of this type is legal now; a second CONNECT never is [MQTT-3.1.0-2]. */
    boolean allows(MqttMessageType type) {
        Set<MqttMessageType> legal = LEGAL.get(this);
        return legal != null && legal.contains(type);
    }

    private Set<Phase> successors() {
        Set<Phase> next = NEXT.get(this);
        return next == null ? Set.of() : next;
    }
}
