// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import dev.holdfast.gateway.session.outbound.Acknowledgement;
import dev.holdfast.gateway.session.outbound.Outbound;
import io.netty.handler.codec.mqtt.MqttMessageType;

/** PUBACK, PUBREC and PUBCOMP: what the client says about messages it was sent (MQTT 5.0 section 4.3). */
final class AcknowledgeHandler {
    void handle(Connection connection, MqttMessageType type, int packetId, int reasonCode) {
        Outbound outbound = connection.session().outbound();
        Acknowledgement answer = switch (type) {
            case PUBACK -> outbound.puback(packetId);
            case PUBCOMP -> outbound.pubcomp(packetId);
            default -> ReasonCode.isFailure(reasonCode) ? outbound.pubrecRefused(packetId) : outbound.pubrec(packetId);
        };
        if (answer == Acknowledgement.UNKNOWN) {
            connection.pacing().counts(1);
        }
        if (answer == Acknowledgement.WRONG) {
            connection.client().end(Outcome.WRONG_ACKNOWLEDGEMENT); // [MQTT-4.13.1-1]
        } else if (answer == Acknowledgement.UNKNOWN
                && type == MqttMessageType.PUBREC
                && !ReasonCode.isFailure(reasonCode)) {
            connection.send(MqttMessageType.PUBREL, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
        }
    }
}
