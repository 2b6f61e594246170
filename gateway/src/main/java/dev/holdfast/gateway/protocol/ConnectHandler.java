// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.config.LimitsConfig;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.trace.ClientTrace;
import dev.holdfast.gateway.transport.Upgrade;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttVersion;
import org.jspecify.annotations.Nullable;

/**
 * CONNECT: what can be judged from the packet alone. What needs the authenticator and the store goes on in
 * {@link Connecting} (MQTT 5.0 section 3.1).
 */
final class ConnectHandler {
    private static final int V3_1_LEVEL = 3;
    private static final int V3_1_1_LEVEL = 4;
    private static final int V5_LEVEL = 5;
    private static final int BRIDGE = 0x80;

    private final ClientNotice forbiddenWill =
            new ClientNotice("the will may not be published: its client is connected without it");

    /**
     * The protocol version a CONNECT packet claims, before it has been decoded, so that a refusal can be written in it;
     * MQTT 5 for levels above it.
     */
    static MqttVersion versionOf(byte[] buffer, int offset, int length) {
        int levelAt = levelAt(buffer, offset, length);
        int level = levelAt < offset + length ? buffer[levelAt] & ~BRIDGE : 0;
        if (level >= V5_LEVEL) {
            return MqttVersion.MQTT_5;
        }
        return level == V3_1_LEVEL ? MqttVersion.MQTT_3_1 : MqttVersion.MQTT_3_1_1;
    }

    /**
     * Takes the bit out of a CONNECT by which mosquitto says that it is a bridge, in the level of MQTT 3.1 and 3.1.1: so it is the
     * CONNECT of any client.
     *
     * @return whether it was there
     */
    static boolean takeBridgeBit(byte[] buffer, int offset, int length) {
        int levelAt = levelAt(buffer, offset, length);
        if (levelAt >= offset + length) {
            return false;
        }
        int level = buffer[levelAt] & 0xFF;
        boolean isBridge = level == (V3_1_LEVEL | BRIDGE) || level == (V3_1_1_LEVEL | BRIDGE);
        if (isBridge) {
            buffer[levelAt] &= ~BRIDGE;
        }
        return isBridge;
    }

    /** Where the protocol level stands; at or behind the end if it is not there. */
    static int levelAt(byte[] buffer, int offset, int length) {
        int at = offset + 1;
        while (at < offset + length && buffer[at] < 0) {
            at++;
        }
        int nameLength = at + 2 < offset + length ? (buffer[at + 1] & 0xFF) << 8 | (buffer[at + 2] & 0xFF) : 0;
        return at + 3 + nameLength;
    }

    void handle(Connection connection, MqttMessage message) {
        MqttConnectMessage packet = (MqttConnectMessage) message;
        LimitsConfig limits = connection.services().limits();
        String asked = packet.payload().clientIdentifier();
        boolean assigned = asked == null || asked.isEmpty();
        if (assigned && !mayAssign(connection.version(), packet)) {
            connection.end(Outcome.CLIENT_IDENTIFIER_NOT_VALID); // [MQTT-3.1.3-8] of 3.1.1
            return;
        }
        if (!assigned
                && ConnectRequest.utf8Length(asked) > limits.maxClientIdBytes().asInt()) {
            connection.services().metrics().refused(Refused.CLIENT_ID);
            connection.end(Outcome.CLIENT_IDENTIFIER_NOT_VALID);
            return;
        }
        String clientId = assigned ? AssignedClientId.next() : asked;
        ConnectRequest request = ConnectRequest.of(
                packet,
                connection.version(),
                clientId,
                assigned,
                limits,
                connection.services().session());
        connection.clientId(clientId);
        String method = request.authenticationMethod();
        if (method != null && !connection.services().authenticator().knowsMethod(method)) {
            connection.end(Outcome.BAD_AUTHENTICATION_METHOD); // [MQTT-4.12.0-1]
            return;
        }
        connection.moveTo(Phase.AUTHENTICATING);
        ClientTrace trace = connection.trace();
        if (trace != null) {
            TraceWords.connect(trace, connection, request);
        }
        new Connecting(connection, request, forbiddenWill).begin(credentials(connection, request));
    }

    /** An empty client identifier is legal with clean session 1, and in MQTT 5 [MQTT-3.1.3-6], [MQTT-3.1.3-7]. */
    private static boolean mayAssign(MqttVersion version, MqttConnectMessage packet) {
        return version == MqttVersion.MQTT_5
                || (version == MqttVersion.MQTT_3_1_1 && packet.variableHeader().isCleanSession());
    }

    private static Credentials credentials(Connection connection, ConnectRequest request) {
        Upgrade upgrade = connection.wire().peer().takeUpgrade();
        return new Credentials(
                request.clientId(),
                request.packet().variableHeader().hasUserName()
                        ? request.packet().payload().userName()
                        : null,
                request.packet().variableHeader().hasPassword()
                        ? request.packet().payload().passwordInBytes()
                        : null,
                request.authenticationMethod(),
                ConnectRequest.bytes(
                        request.packet().variableHeader().properties(), MqttProperties.AUTHENTICATION_DATA),
                connection.wire().peer().host(),
                asCredential(upgrade));
    }

    private static Credentials.@Nullable Upgrade asCredential(@Nullable Upgrade upgrade) {
        return upgrade == null
                ? null
                : new Credentials.Upgrade(
                        upgrade.authorization(),
                        upgrade.cookies(),
                        upgrade.subprotocols(),
                        upgrade.query(),
                        upgrade.origin());
    }
}
