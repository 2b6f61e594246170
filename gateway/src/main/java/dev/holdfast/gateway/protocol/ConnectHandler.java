// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.client.AssignedClientId;
import dev.holdfast.gateway.client.Outcome;
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
 * {@link dev.holdfast.gateway.client.Client#connect} (MQTT 5.0 section 3.1).
 */
final class ConnectHandler {
    void handle(Connection connection, MqttMessage message) {
        MqttConnectMessage packet = (MqttConnectMessage) message;
        LimitsConfig limits = connection.services().limits();
        String asked = packet.payload().clientIdentifier();
        boolean assigned = asked == null || asked.isEmpty();
        if (assigned && !mayAssign(connection.version(), packet)) {
            connection.client().end(Outcome.CLIENT_IDENTIFIER_NOT_VALID); // [MQTT-3.1.3-8] of 3.1.1
            return;
        }
        if (!assigned
                && ConnectRequest.utf8Length(asked) > limits.maxClientIdBytes().asInt()) {
            connection.services().metrics().refused(Refused.CLIENT_ID);
            connection.client().end(Outcome.CLIENT_IDENTIFIER_NOT_VALID);
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
        connection.client().identify(clientId);
        String method = request.authenticationMethod();
        if (method != null && !connection.services().clients().authenticator().knowsMethod(method)) {
            connection.client().end(Outcome.BAD_AUTHENTICATION_METHOD); // [MQTT-4.12.0-1]
            return;
        }
        ClientTrace trace = connection.client().trace();
        if (trace != null) {
            TraceWords.connect(trace, connection, request);
        }
        connection
                .client()
                .connect(request.asked(), credentials(connection, request), new ConnectNewcomer(connection, request));
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
