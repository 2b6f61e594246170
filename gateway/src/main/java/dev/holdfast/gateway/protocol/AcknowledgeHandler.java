// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.session.Session;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;

/** PUBACK, PUBREC and PUBCOMP: what the client says about messages it was sent (MQTT 5.0 section 4.3). */
final class AcknowledgeHandler {
    private static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;
    private static final int FIRST_FAILURE = 0x80;

    void handle(Connection connection, MqttMessageType type, MqttMessage message) {
        MqttPubReplyMessageVariableHeader header = (MqttPubReplyMessageVariableHeader) message.variableHeader();
        int packetId = header.messageId();
        Session session = connection.session();
        switch (type) {
            case PUBACK -> session.puback(packetId);
            case PUBCOMP -> session.pubcomp(packetId);
            default -> pubrec(connection, session, packetId, header.reasonCode() & 0xFF);
        }
    }

    private static void pubrec(Connection connection, Session session, int packetId, int reasonCode) {
        if (reasonCode >= FIRST_FAILURE) {
            session.pubrecRefused(packetId);
        } else if (!session.pubrec(packetId)) {
            connection.send(MqttMessageType.PUBREL, packetId, PACKET_IDENTIFIER_NOT_FOUND);
        }
    }
}
