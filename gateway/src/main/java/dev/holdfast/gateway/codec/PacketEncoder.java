// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPacketBridge;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Messages to packets: netty's for CONNACK, AUTH and their like, what most packets are without it. PUBLISH is
 * encoded by {@link EncodedPublish}. One per I/O thread.
 */
public final class PacketEncoder {
    private final MqttPacketBridge netty = new MqttPacketBridge();

    /** Makes the encoder of one I/O thread. */
    public PacketEncoder() {
        // The part is made above.
    }

    /**
     * Encodes a message for a client of the given version.
     *
     * @return the packet in an array of its length
     * @throws IllegalArgumentException netty refuses the message: a mistake of the caller
     */
    public byte[] encode(MqttMessage message, MqttVersion version) {
        return netty.encode(message, version);
    }

    /**
     * Encodes PUBACK, PUBREC, PUBREL or PUBCOMP. Reason code 0 without a text takes the short form of two bytes, as
     * do all for MQTT 3.1 and 3.1.1.
     *
     * @param packetId 1 to 65535
     * @param reasonCode 0x00 to 0xFF
     * @param reasonString at most 65535 bytes of UTF-8; null for none
     */
    public static byte[] ack(
            MqttMessageType type, int packetId, int reasonCode, @Nullable String reasonString, MqttVersion version) {
        byte first = (byte) (type.value() << 4 | (type == MqttMessageType.PUBREL ? 0x02 : 0));
        byte high = (byte) (packetId >>> 8);
        byte low = (byte) packetId;
        if (version != MqttVersion.MQTT_5 || (reasonCode == 0 && reasonString == null)) {
            return new byte[] {first, 2, high, low};
        }
        if (reasonString == null) {
            return new byte[] {first, 3, high, low, (byte) reasonCode};
        }
        byte[] text = reasonString.getBytes(StandardCharsets.UTF_8);
        int remaining = 3 + reasonLength(text);
        byte[] bytes = new byte[1 + VariableByteInteger.length(remaining) + remaining];
        bytes[0] = first;
        int at = VariableByteInteger.write(bytes, 1, remaining);
        bytes[at++] = high;
        bytes[at++] = low;
        bytes[at++] = (byte) reasonCode;
        writeReason(bytes, at, text);
        return bytes;
    }

    /**
     * Encodes SUBACK.
     *
     * @param packetId 1 to 65535
     * @param codes one for each filter, 0x00 to 0xFF
     * @param reasonString at most 65535 bytes of UTF-8; null for none; MQTT 3.1 and 3.1.1 have no place for one
     */
    public static byte[] subAck(int packetId, int[] codes, @Nullable String reasonString, MqttVersion version) {
        boolean isV5 = version == MqttVersion.MQTT_5;
        byte[] text = isV5 && reasonString != null ? reasonString.getBytes(StandardCharsets.UTF_8) : null;
        int remaining = 2 + (isV5 ? reasonLength(text) : 0) + codes.length;
        byte[] bytes = new byte[1 + VariableByteInteger.length(remaining) + remaining];
        bytes[0] = (byte) (MqttMessageType.SUBACK.value() << 4);
        int at = VariableByteInteger.write(bytes, 1, remaining);
        bytes[at++] = (byte) (packetId >>> 8);
        bytes[at++] = (byte) packetId;
        if (isV5) {
            at = writeReason(bytes, at, text);
        }
        for (int code : codes) {
            bytes[at++] = (byte) code;
        }
        return bytes;
    }

    /**
     * Encodes UNSUBACK.
     *
     * @param packetId 1 to 65535
     * @param codes one for each filter; MQTT 3.1 and 3.1.1 have no place for them
     */
    public static byte[] unsubAck(int packetId, byte[] codes, MqttVersion version) {
        boolean isV5 = version == MqttVersion.MQTT_5;
        int remaining = 2 + (isV5 ? 1 + codes.length : 0);
        byte[] bytes = new byte[1 + VariableByteInteger.length(remaining) + remaining];
        bytes[0] = (byte) (MqttMessageType.UNSUBACK.value() << 4);
        int at = VariableByteInteger.write(bytes, 1, remaining);
        bytes[at++] = (byte) (packetId >>> 8);
        bytes[at++] = (byte) packetId;
        if (isV5) {
            System.arraycopy(codes, 0, bytes, at + 1, codes.length);
        }
        return bytes;
    }

    /** Encodes PINGRESP. */
    public static byte[] pingResp() {
        return new byte[] {(byte) (MqttMessageType.PINGRESP.value() << 4), 0};
    }

    /** The properties of a packet that has a Reason String and nothing else, or nothing at all if there is no text. */
    private static int writeReason(byte[] bytes, int from, byte @Nullable [] text) {
        if (text == null) {
            bytes[from] = 0;
            return from + 1;
        }
        int at = VariableByteInteger.write(bytes, from, 1 + 2 + text.length);
        bytes[at++] = Property.REASON_STRING;
        bytes[at++] = (byte) (text.length >>> 8);
        bytes[at++] = (byte) text.length;
        System.arraycopy(text, 0, bytes, at, text.length);
        return at + text.length;
    }

    /** How many bytes {@link #writeReason} writes. */
    private static int reasonLength(byte @Nullable [] text) {
        int length = text == null ? 0 : 1 + 2 + text.length;
        return VariableByteInteger.length(length) + length;
    }
}
