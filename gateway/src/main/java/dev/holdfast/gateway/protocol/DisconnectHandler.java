// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.Session;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** DISCONNECT from a client: the will goes or stays, the session expiry interval may change (MQTT 5.0 section 3.14). */
final class DisconnectHandler {
    private static final int NORMAL = 0x00;
    private static final int WITH_WILL = 0x04;

    void handle(Connection connection, MqttMessage message) {
        int reason = NORMAL;
        if (message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
            reason = header.reasonCode() & 0xFF;
            Duration expiry = expiryOf(connection, header.properties());
            if (expiry != null) {
                Accepted agreed = connection.accepted();
                if (agreed != null && agreed.expiry().isZero() && !expiry.isZero()) {
                    // MQTT 5.0 section 3.14.2.2.2
                    connection.end(Outcome.PROTOCOL_ERROR, "session expiry interval was 0");
                    return;
                }
                connection.expiry(expiry);
            }
        }
        Session session = connection.session();
        if (reason == NORMAL) {
            session.will(null); // [MQTT-3.14.4-3]
        }
        connection.end(
                switch (reason) {
                    case NORMAL -> Outcome.NORMAL;
                    case WITH_WILL -> Outcome.WITH_WILL;
                    default -> Outcome.CLIENT_ERROR;
                });
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
                                        .identity()
                                        .owns(connection.session().clientId())));
    }
}
