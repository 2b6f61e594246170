// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import dev.holdfast.store.Message;
import io.netty.handler.codec.mqtt.MqttVersion;

/**
 * A PUBLISH packet encoded once for all who get the same variant of it.
 *
 * <p>The bytes are shared: DUP is 0 and the packet identifier 0. Whoever writes them patches its own copy:
 * {@code copy[0] |= 0x08} to send again, and the two bytes at {@link #packetIdOffset()} with the packet identifier,
 * the high byte first. The payload of a long message is not among them: it is taken from the message itself, so that it is
 * in memory once however many get it.
 */
public final class EncodedPublish {
    /** A payload of so many bytes is not copied. */
    public static final int LONG_PAYLOAD = 4 * 1024;

    private static final int[] NO_IDENTIFIERS = {};

    private final byte[] bytes;
    private final int packetIdOffset;
    private final int headLength;
    private final int length;

    private EncodedPublish(byte[] bytes, int packetIdOffset, int headLength, int length) {
        this.bytes = bytes;
        this.packetIdOffset = packetIdOffset;
        this.headLength = headLength;
        this.length = length;
    }

    /** The same as the other one without Subscription Identifiers and Topic Alias. */
    public static EncodedPublish of(Message message, MqttVersion version, int qos, boolean retain, long nowMillis) {
        return of(message, version, qos, retain, NO_IDENTIFIERS, 0, true, nowMillis);
    }

    /**
     * Encodes a message.
     *
     * @param message what is sent; should not be expired
     * @param version MQTT 3.1 and 3.1.1 have no properties: the next three are then ignored
     * @param qos of this delivery, 0 to 2
     * @param retain the RETAIN flag of this delivery
     * @param subscriptionIdentifiers of the subscriptions that matched, 1 to 268435455 each [MQTT-3.3.4-3]; may be empty
     * @param topicAlias 1 to 65535, 0 for none
     * @param withTopic false to leave the topic name to the alias
     * @param nowMillis milliseconds since the epoch; the Message Expiry Interval is what is left of it, in whole
     *     seconds rounded up, at least 1 unless it was published with 0 [MQTT-3.3.2-6]
     */
    public static EncodedPublish of(
            Message message,
            MqttVersion version,
            int qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            int topicAlias,
            boolean withTopic,
            long nowMillis) {
        byte[] body = message.body();
        boolean v5 = version == MqttVersion.MQTT_5;
        int topicLength = withTopic || !v5 ? message.propertiesOffset() : 2;
        int ownLength = 0;
        int storedFrom = message.payloadOffset();
        if (v5) {
            storedFrom = message.propertiesOffset()
                    + VariableByteInteger.length(VariableByteInteger.read(body, message.propertiesOffset()));
            ownLength = ownLength(message, subscriptionIdentifiers, topicAlias);
        }
        int propertiesLength = ownLength + message.payloadOffset() - storedFrom;
        int remaining = topicLength
                + (qos > 0 ? 2 : 0)
                + (v5 ? VariableByteInteger.length(propertiesLength) + ownLength : 0)
                + body.length
                - storedFrom;

        int length = 1 + VariableByteInteger.length(remaining) + remaining;
        int headLength = length - message.payloadLength();
        boolean isLong = message.payloadLength() >= LONG_PAYLOAD;
        byte[] bytes = new byte[isLong ? headLength : length];
        bytes[0] = (byte) (FixedHeader.PUBLISH << 4 | qos << 1 | (retain ? 1 : 0));
        int at = VariableByteInteger.write(bytes, 1, remaining);
        if (topicLength > 2) {
            System.arraycopy(body, 0, bytes, at, topicLength);
        }
        at += topicLength;
        int packetIdOffset = -1;
        if (qos > 0) {
            packetIdOffset = at;
            at += 2;
        }
        if (v5) {
            at = VariableByteInteger.write(bytes, at, propertiesLength);
            at = writeOwn(bytes, at, message, subscriptionIdentifiers, topicAlias, nowMillis);
        }
        System.arraycopy(body, storedFrom, bytes, at, bytes.length - at);
        return new EncodedPublish(bytes, packetIdOffset, headLength, length);
    }

    /** The bytes of the properties that belong to this delivery and not to the message. */
    private static int ownLength(Message message, int[] subscriptionIdentifiers, int topicAlias) {
        int length = (message.expiresAtMillis() == Message.NEVER ? 0 : 5) + (topicAlias == 0 ? 0 : 3);
        for (int identifier : subscriptionIdentifiers) {
            length += 1 + VariableByteInteger.length(identifier);
        }
        return length;
    }

    private static int writeOwn(
            byte[] bytes, int from, Message message, int[] subscriptionIdentifiers, int topicAlias, long nowMillis) {
        int at = from;
        if (message.expiresAtMillis() != Message.NEVER) {
            long left = message.expiresAtMillis() - nowMillis;
            long least = message.isForNowOnly() ? 0 : 1;
            int seconds = (int) Math.min(Math.max(least, (left + 999) / 1000), 0xFFFF_FFFFL);
            bytes[at++] = Property.MESSAGE_EXPIRY_INTERVAL;
            bytes[at++] = (byte) (seconds >>> 24);
            bytes[at++] = (byte) (seconds >>> 16);
            bytes[at++] = (byte) (seconds >>> 8);
            bytes[at++] = (byte) seconds;
        }
        if (topicAlias != 0) {
            bytes[at++] = Property.TOPIC_ALIAS;
            bytes[at++] = (byte) (topicAlias >>> 8);
            bytes[at++] = (byte) topicAlias;
        }
        for (int identifier : subscriptionIdentifiers) {
            bytes[at++] = Property.SUBSCRIPTION_IDENTIFIER;
            at = VariableByteInteger.write(bytes, at, identifier);
        }
        return at;
    }

    /**
     * The packet, DUP = 0 and packet identifier 0; without its payload if that has {@value #LONG_PAYLOAD} bytes or more. Shared:
     * not to be written to.
     */
    public byte[] bytes() {
        return bytes;
    }

    /** Where the packet identifier's two bytes stand; -1 at QoS 0. */
    public int packetIdOffset() {
        return packetIdOffset;
    }

    /** The length of the packet, fixed header included: what Maximum Packet Size bounds [MQTT-3.1.2-24]. */
    public int length() {
        return length;
    }

    /** The length of what stands before the payload. */
    public int headLength() {
        return headLength;
    }
}
