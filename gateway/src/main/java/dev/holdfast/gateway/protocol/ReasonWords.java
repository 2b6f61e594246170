// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.codec.PacketEncoder;
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
    private static final int FIRST_FAILURE = 0x80;

    private ReasonWords() {}

    /** PUBACK, PUBREC, PUBREL or PUBCOMP; a refusal with its words, or those given, if they may be sent. */
    static byte[] acknowledgement(
            Connection connection, MqttMessageType type, int packetId, int reasonCode, @Nullable String words) {
        if (reasonCode >= FIRST_FAILURE && connection.wantsWords()) {
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
                .filter(code -> code >= FIRST_FAILURE)
                .distinct()
                .mapToObj(ReasonWords::of)
                .filter(Objects::nonNull)
                .collect(Collectors.joining(", "));
        return words.isEmpty() ? null : words;
    }

    private static @Nullable String of(int reasonCode) {
        return switch (reasonCode) {
            case 0x87 -> Outcome.NOT_AUTHORIZED.reason();
            case 0x8F -> Outcome.TOPIC_FILTER_INVALID.reason();
            case 0x92 -> "packet identifier not found";
            case 0x97 -> Outcome.QUOTA_EXCEEDED.reason();
            case 0x99 -> Outcome.PAYLOAD_FORMAT_INVALID.reason();
            default -> null;
        };
    }
}
