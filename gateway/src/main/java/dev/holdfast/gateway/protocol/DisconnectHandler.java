// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Agreement;
import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.session.Session;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** DISCONNECT from a client: the will goes or stays, the session expiry interval may change (MQTT 5.0 section 3.14). */
final class DisconnectHandler {
    void handle(Connection connection, MqttMessage message) {
        int reason = Outcome.NORMAL.v5Code();
        if (message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
            reason = header.reasonCode() & 0xFF;
            Duration expiry = expiryOf(connection, header.properties());
            if (expiry != null) {
                Agreement agreed = connection.client().agreement();
                if (agreed != null && agreed.expiry().isZero() && !expiry.isZero()) {
                    // MQTT 5.0 section 3.14.2.2.2
                    connection.end(Outcome.PROTOCOL_ERROR, "session expiry interval was 0");
                    return;
                }
                connection.client().keepFor(expiry);
            }
        }
        Session session = connection.session();
        Outcome goodbye = goodbye(reason);
        if (goodbye == Outcome.NORMAL) {
            session.will(null); // [MQTT-3.14.4-3]
        }
        connection.client().end(goodbye);
    }

    private static Outcome goodbye(int reason) {
        if (reason == Outcome.NORMAL.v5Code()) {
            return Outcome.NORMAL;
        }
        return reason == Outcome.WITH_WILL.v5Code() ? Outcome.WITH_WILL : Outcome.CLIENT_ERROR;
    }

    private static @Nullable Duration expiryOf(Connection connection, MqttProperties properties) {
        MqttProperties.MqttProperty<?> property = properties.getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL);
        return property == null
                ? null
                : ConnectRequest.capped(
                        Duration.ofSeconds(Integer.toUnsignedLong((Integer) property.value())),
                        connection
                                .services()
                                .session()
                                .longestExpiry(connection
                                        .client()
                                        .identity()
                                        .owns(connection.session().clientId())));
    }
}
