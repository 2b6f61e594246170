// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.client.Phase;
import dev.holdfast.gateway.client.Renewal;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import org.jspecify.annotations.Nullable;

/** AUTH from a connected client: re-authentication with the method it connected with (MQTT 5.0 section 4.12.1). */
final class AuthHandler {
    private static final MqttFixedHeader AUTH =
            new MqttFixedHeader(MqttMessageType.AUTH, false, MqttQoS.AT_MOST_ONCE, false, 0);

    void handle(Connection connection, MqttMessage message) {
        MqttReasonCodeAndPropertiesVariableHeader header =
                message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader given
                        ? given
                        : new MqttReasonCodeAndPropertiesVariableHeader(
                                (byte) ReasonCode.SUCCESS, MqttProperties.NO_PROPERTIES);
        Agreement agreed = connection.client().agreement();
        String begun = agreed == null ? null : agreed.authenticationMethod();
        String method = ConnectRequest.text(header.properties(), MqttProperties.AUTHENTICATION_METHOD);
        if (agreed == null
                || begun == null
                || method == null
                || !begun.equals(method)
                || (header.reasonCode() & 0xFF) != ReasonCode.RE_AUTHENTICATE
                || connection.client().phase() == Phase.REAUTHENTICATING) {
            // [MQTT-4.12.1-1]; a client that connected without a method must not send AUTH [MQTT-4.12.0-6]
            connection.end(Outcome.PROTOCOL_ERROR, "AUTH out of place");
            return;
        }
        Credentials credentials = new Credentials(
                connection.session().clientId(),
                connection.client().username(),
                null,
                method,
                ConnectRequest.bytes(header.properties(), MqttProperties.AUTHENTICATION_DATA),
                connection.wire().peer().host(),
                null);
        boolean mayExplain = agreed.wantsWords();
        connection.client().renew(credentials, "AUTH", new Renewal.Answer() {
            @Override
            public void accepted(int dropped) {
                answer(connection, method, mayExplain ? dropped : 0);
            }

            @Override
            public void refused(boolean isUnknown) {
                connection.client().end(isUnknown ? Outcome.SERVER_BUSY : Outcome.NOT_AUTHORIZED); // [MQTT-4.12.1-2]
            }
        });
    }

    private static void answer(Connection connection, String method, int dropped) {
        String words = dropped > 0 ? "subscriptions no longer allowed and dropped: " + dropped : null;
        byte[] told = success(connection, method, words);
        if (words != null && !connection.clientTakes(told.length)) {
            told = success(connection, method, null); // [MQTT-3.15.2-2]
        }
        connection.send(told, MqttMessageType.AUTH);
    }

    private static byte[] success(Connection connection, String method, @Nullable String words) {
        MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, method));
        if (words != null) {
            properties.add(new StringProperty(MqttProperties.REASON_STRING, words));
        }
        MqttMessage success = new MqttMessage(
                AUTH, new MqttReasonCodeAndPropertiesVariableHeader((byte) ReasonCode.SUCCESS, properties));
        return connection.tools().encoder.encode(success, connection.version());
    }
}
