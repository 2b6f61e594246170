// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.PacketEncoder;
import dev.holdfast.gateway.protocol.rules.ReasonCode;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The Reason Strings of refusals that do not end the connection. Only an MQTT 5 client that wants problem information
 * is told (section 3.1.2.11.7), and only if the packet does not grow beyond what it takes.
 */
final class ReasonWords {
    /** The refusals whose words a client may be told. */
    private static final Outcome[] TOLD = {
        Outcome.NOT_AUTHORIZED, Outcome.TOPIC_FILTER_INVALID, Outcome.QUOTA_EXCEEDED, Outcome.PAYLOAD_FORMAT_INVALID
    };

    private ReasonWords() {}

    /** PUBACK, PUBREC, PUBREL or PUBCOMP; a refusal with its words, or those given, if they may be sent. */
    static byte[] acknowledgement(
            Connection connection, MqttMessageType type, int packetId, int reasonCode, @Nullable String words) {
        if (ReasonCode.isFailure(reasonCode) && connection.wantsWords()) {
            String reason = words == null ? of(reasonCode) : words;
            byte[] told = PacketEncoder.ack(type, packetId, reasonCode, reason, connection.version());
            if (connection.clientTakes(told.length)) {
                return told; // otherwise: [MQTT-3.4.2-2], [MQTT-3.5.2-2], [MQTT-3.6.2-2], [MQTT-3.7.2-2]
            }
        }
        return PacketEncoder.ack(type, packetId, reasonCode, null, connection.version());
    }

    /** SUBACK with these codes, and each different refusal in words, if they may be sent. */
    static byte[] suback(Connection connection, int packetId, int[] codes) {
        String words = connection.wantsWords() ? of(codes) : null;
        byte[] told = PacketEncoder.subAck(packetId, codes, words, connection.version());
        return words == null || connection.clientTakes(told.length)
                ? told
                : PacketEncoder.subAck(packetId, codes, null, connection.version()); // [MQTT-3.9.2-1]
    }

    private static @Nullable String of(int[] codes) {
        String words = Arrays.stream(codes)
                .filter(ReasonCode::isFailure)
                .distinct()
                .mapToObj(ReasonWords::of)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(", "));
        return words.isEmpty() ? null : words;
    }

    private static @Nullable String of(int reasonCode) {
        if (reasonCode == ReasonCode.PACKET_IDENTIFIER_NOT_FOUND) {
            return "packet identifier not found";
        }
        for (Outcome told : TOLD) {
            if (told.v5Code() == reasonCode) {
                return told.reason();
            }
        }
        return null;
    }
}
