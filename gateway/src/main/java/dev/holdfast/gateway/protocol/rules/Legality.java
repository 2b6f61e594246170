// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import dev.holdfast.gateway.client.Phase;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Which packets of a client are legal in which phase of its connection. Pure. */
public final class Legality {
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
            Phase.AWAITING_CONNECT, EnumSet.of(MqttMessageType.CONNECT), // [MQTT-3.1.0-1]
            Phase.AUTHENTICATING, EnumSet.noneOf(MqttMessageType.class),
            Phase.CONNECTED, OF_A_CLIENT,
            Phase.REAUTHENTICATING, OF_A_CLIENT,
            Phase.CLOSING, EnumSet.noneOf(MqttMessageType.class),
            Phase.CLOSED, EnumSet.noneOf(MqttMessageType.class)));

    private Legality() {}

    /** Whether a packet of this type is legal in a phase; a second CONNECT never is [MQTT-3.1.0-2]. */
    public static boolean allows(Phase phase, MqttMessageType type) {
        Set<MqttMessageType> legal = LEGAL.get(phase);
        return legal != null && legal.contains(type);
    }
}
