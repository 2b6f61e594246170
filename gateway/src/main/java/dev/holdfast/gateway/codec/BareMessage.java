// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubAckMessage;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import org.jspecify.annotations.Nullable;

/**
 * The messages of the shortest packets, made without netty's decoder: an acknowledgement of two bytes and PINGREQ are
 * most of what a subscriber sends.
 */
final class BareMessage {
    private static final MqttFixedHeader PUBACK = header(MqttMessageType.PUBACK, MqttQoS.AT_MOST_ONCE);
    private static final MqttFixedHeader PUBREC = header(MqttMessageType.PUBREC, MqttQoS.AT_MOST_ONCE);
    private static final MqttFixedHeader PUBREL = header(MqttMessageType.PUBREL, MqttQoS.AT_LEAST_ONCE);
    private static final MqttFixedHeader PUBCOMP = header(MqttMessageType.PUBCOMP, MqttQoS.AT_MOST_ONCE);

    private BareMessage() {}

    /** The message of a checked packet, null when it is none of these. */
    static @Nullable MqttMessage of(int type, byte[] bytes, int body, int end) {
        if (type == FixedHeader.PINGREQ) {
            return MqttMessage.PINGREQ;
        }
        if (end - body != 2) {
            return null;
        }
        return switch (type) {
            case FixedHeader.PUBACK -> new MqttPubAckMessage(PUBACK, packetId(bytes, body));
            case FixedHeader.PUBREC -> new MqttMessage(PUBREC, packetId(bytes, body));
            case FixedHeader.PUBREL -> new MqttMessage(PUBREL, packetId(bytes, body));
            case FixedHeader.PUBCOMP -> new MqttMessage(PUBCOMP, packetId(bytes, body));
            default -> null;
        };
    }

    private static MqttPubReplyMessageVariableHeader packetId(byte[] bytes, int at) {
        return new MqttPubReplyMessageVariableHeader(
                (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF),
                MqttPubReplyMessageVariableHeader.REASON_CODE_OK,
                MqttProperties.NO_PROPERTIES);
    }

    private static MqttFixedHeader header(MqttMessageType type, MqttQoS qos) {
        return new MqttFixedHeader(type, false, qos, false, 2);
    }
}
