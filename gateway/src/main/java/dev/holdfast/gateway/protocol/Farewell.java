// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnAckVariableHeader;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import org.jspecify.annotations.Nullable;

/**
 * The last packet a client is sent: CONNACK with the reason while it is not accepted, DISCONNECT afterwards if it
 * speaks MQTT 5, nothing where the version has no word for it.
 */
final class Farewell {
    private static final MqttFixedHeader DISCONNECT =
            new MqttFixedHeader(MqttMessageType.DISCONNECT, false, MqttQoS.AT_MOST_ONCE, false, 0);
    private static final MqttFixedHeader CONNACK =
            new MqttFixedHeader(MqttMessageType.CONNACK, false, MqttQoS.AT_MOST_ONCE, false, 0);

    private Farewell() {}

    static byte @Nullable [] of(Connection connection, Outcome outcome, @Nullable String reason) {
        byte[] told = packet(connection, outcome, reason);
        if (told != null && !connection.clientTakes(told.length)) {
            told = packet(connection, outcome, null); // [MQTT-3.2.2-19], [MQTT-3.14.2-3]
        }
        return told == null || connection.clientTakes(told.length) ? told : null;
    }

    private static byte @Nullable [] packet(Connection connection, Outcome outcome, @Nullable String reason) {
        boolean isAccepted = connection.client().isAccepted();
        if (!isAccepted && outcome == Outcome.SERVER_SHUTTING_DOWN) {
            // MQTT.js gives up for good after a refusal in CONNACK. A closed connection brings everybody back, to
            // another gateway.
            return null;
        }
        return switch (connection.client().phase()) {
            case CONNECTED, REAUTHENTICATING -> disconnect(connection, outcome, reason);
            // There is no return code for a CONNECT that a later one has overtaken.
            case AUTHENTICATING -> outcome == Outcome.SESSION_TAKEN_OVER ? null : connack(connection, outcome, reason);
            // A packet that cannot be read as a CONNECT of a known version is answered by closing [MQTT-3.1.4-1];
            // one of another version is told so [MQTT-3.1.2-2].
            case AWAITING_CONNECT ->
                outcome != Outcome.NOT_A_CONNECT && outcome != Outcome.CONNECT_TIMEOUT
                        ? connack(connection, outcome, reason)
                        : null;
            case CLOSING, CLOSED -> null;
        };
    }

    /**
     * Whether any refused CONNACK ends the client for good, as it does MQTT.js from 5.16.0 on: whatever looks like a browser or
     * Node over WebSocket, and whoever has the client identifier that MQTT.js makes up. A server need not send a CONNACK before it
     * closes [MQTT-3.1.4-2].
     */
    private static boolean takesRefusalsForGood(Connection connection) {
        return connection.wire().peer().mayBeBrowser()
                || connection.client().id().startsWith("mqttjs_");
    }

    private static byte @Nullable [] disconnect(Connection connection, Outcome outcome, @Nullable String reason) {
        if (!connection.isV5() || !ReasonCode.isFailure(outcome.v5Code())) {
            return null;
        }
        MqttProperties properties = words(reason);
        String elsewhere = connection.services().serverReference();
        boolean isSent = outcome == Outcome.USE_ANOTHER_SERVER || outcome == Outcome.SERVER_MOVED;
        if (isSent && elsewhere != null) {
            properties = new MqttProperties();
            properties.add(new StringProperty(MqttProperties.SERVER_REFERENCE, elsewhere));
        }
        MqttMessage message = new MqttMessage(
                DISCONNECT, new MqttReasonCodeAndPropertiesVariableHeader((byte) outcome.v5Code(), properties));
        return connection.tools().encoder.encode(message, connection.version());
    }

    private static byte @Nullable [] connack(Connection connection, Outcome outcome, @Nullable String reason) {
        if (outcome.isPassing() && takesRefusalsForGood(connection)) {
            return null; // it comes back after a close alone; over WebSocket that brings the words
        }
        int code = connection.isV5() ? outcome.v5Code() : outcome.v3Connack();
        if (code == 0) {
            return null;
        }
        MqttConnAckMessage message = new MqttConnAckMessage(
                CONNACK,
                new MqttConnAckVariableHeader(
                        MqttConnectReturnCode.valueOf((byte) code),
                        false,
                        connection.isV5() ? words(reason) : MqttProperties.NO_PROPERTIES));
        return connection.tools().encoder.encode(message, connection.version());
    }

    private static MqttProperties words(@Nullable String reason) {
        if (reason == null || reason.isEmpty()) {
            return MqttProperties.NO_PROPERTIES;
        }
        MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.REASON_STRING, reason));
        return properties;
    }
}
