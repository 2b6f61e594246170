// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A client's PUBLISH where it lies in the buffer, checked and not copied.
 *
 * <p>A flyweight, one per I/O thread: {@link #decode} points it at the next packet, and what it shows is valid as long
 * as the buffer is. {@link #toMessage} copies.
 */
public final class PublishView {
    private static final byte[] NONE = {};

    private static final int MESSAGE_EXPIRY_BYTES = 5;
    private static final int TOPIC_ALIAS_BYTES = 3;

    private final Cursor cursor = new Cursor();
    private final PropertyScan properties = new PropertyScan();

    private byte[] bytes = NONE;
    private byte first;
    private int packetId;
    private int topicFrom;
    private int topicTo;
    private int propertiesFrom;
    private int payloadFrom;
    private int end;

    /** Makes a view of nothing, to be used after {@link #decode}. */
    public PublishView() {
        // Nothing to set.
    }

    /**
     * Checks a whole PUBLISH packet and points the view at it.
     *
     * @param offset where the fixed header begins
     * @param length of the packet, fixed header included
     * @throws MalformedPacketException the packet breaks MQTT 3.1.1 or 5.0 section 3.3 or the limits
     */
    public void decode(byte[] buffer, int offset, int length, MqttVersion version, DecodeLimits limits)
            throws MalformedPacketException {
        bytes = buffer;
        first = buffer[offset];
        end = offset + length;
        if (qos() == 3) {
            // [MQTT-3.3.1-4]
            throw malformed("QoS 3");
        }
        if (qos() == 0 && dup()) {
            // [MQTT-3.3.1-2]
            throw malformed("DUP at QoS 0");
        }
        cursor.reset(buffer, FixedHeader.bodyOffset(buffer, offset), end);
        int topicLength = cursor.skipBinary();
        topicTo = cursor.position();
        topicFrom = topicTo - topicLength;
        packetId = qos() == 0 ? 0 : cursor.readPacketId();
        boolean v5 = version == MqttVersion.MQTT_5;
        if (v5) {
            properties(limits);
        } else {
            properties.clear();
            propertiesFrom = cursor.position();
        }
        payloadFrom = cursor.position();
        if (topicLength == 0 && v5) {
            if (topicAlias() == 0) {
                throw protocolError("neither topic name nor Topic Alias");
            }
        } else {
            TopicScan.requireName(buffer, topicFrom, topicTo, limits);
        }
    }

    /**
     * Checks the beginning of a PUBLISH of which the rest is not kept, and points the view at it; there is no payload then.
     *
     * @param head the first bytes of the packet
     * @param headLength how many
     * @throws MalformedPacketException as {@link #decode}; Packet too large if topic and properties do not end in the beginning
     */
    public void decodeBeginning(byte[] head, int headLength, MqttVersion version, DecodeLimits limits)
            throws MalformedPacketException {
        try {
            decode(head, 0, headLength, version, limits);
        } catch (MalformedPacketException e) {
            throw e.kind() == Kind.MALFORMED
                    ? new MalformedPacketException(
                            Kind.PACKET_TOO_LARGE, "topic name and properties go beyond " + headLength + " bytes")
                    : e;
        }
        end = payloadFrom;
    }

    /** The topic name of a PUBLISH as far as its bytes are there, for the log; null if they do not hold all of it. */
    public static @Nullable String topicIn(byte[] buffer, int from, int to) {
        if (to - from < 2) {
            return null;
        }
        int lengthAt = from + 1;
        while (lengthAt < to && buffer[lengthAt] < 0) {
            lengthAt++;
        }
        int topicAt = lengthAt + 3;
        if (topicAt > to) {
            return null;
        }
        int length = (buffer[topicAt - 2] & 0xFF) << 8 | (buffer[topicAt - 1] & 0xFF);
        return topicAt + length > to ? null : new String(buffer, topicAt, length, StandardCharsets.UTF_8);
    }

    /** Reads the property block; remembers where its content begins. */
    private void properties(DecodeLimits limits) throws MalformedPacketException {
        if (cursor.hasMore() && bytes[cursor.position()] == 0) {
            properties.clear();
            cursor.skipTo(cursor.position() + 1);
            propertiesFrom = cursor.position();
            return;
        }
        int lengthAt = cursor.position();
        properties.scan(cursor, Property.IN_PUBLISH, limits);
        propertiesFrom = lengthAt + VariableByteInteger.length(VariableByteInteger.read(bytes, lengthAt));
        if (properties.has(Property.SUBSCRIPTION_IDENTIFIER)) {
            // [MQTT-3.3.4-6]
            throw protocolError("Subscription Identifier from a client");
        }
    }

    /** The QoS, 0 to 2. */
    public int qos() {
        return first >>> 1 & 3;
    }

    /** Whether DUP is set: the client sends it again. */
    public boolean dup() {
        return (first & 0x08) != 0;
    }

    /** Whether RETAIN is set. */
    public boolean retain() {
        return (first & 0x01) != 0;
    }

    /** The packet identifier, 1 to 65535; 0 at QoS 0. */
    public int packetId() {
        return packetId;
    }

    /** The Topic Alias, 1 to 65535; 0 without. The caller checks it against the maximum it gave. */
    public int topicAlias() {
        return properties.topicAlias();
    }

    /** Whether the topic name is empty, which only a Topic Alias allows. */
    public boolean topicEmpty() {
        return topicFrom == topicTo;
    }

    /** Whether the topic name, as it stands in the packet, is this one in UTF-8; allocates nothing. */
    public boolean topicIs(byte[] utf8) {
        return Arrays.equals(bytes, topicFrom, topicTo, utf8, 0, utf8.length);
    }

    /** The topic name as it stands in the packet, decoded at each call; empty when a Topic Alias stands for it. */
    public String topic() {
        return new String(bytes, topicFrom, topicTo - topicFrom, StandardCharsets.UTF_8);
    }

    /** A copy of the topic name's bytes, for the table of Topic Aliases. */
    public byte[] topicUtf8() {
        return Arrays.copyOfRange(bytes, topicFrom, topicTo);
    }

    /** The Message Expiry Interval in seconds, 0 to 2^32 - 1; -1 without. */
    public long expirySeconds() {
        return properties.messageExpiry();
    }

    /** Whether Payload Format Indicator says that the payload is UTF-8; see {@link #requirePayloadFormat}. */
    public boolean payloadIsUtf8() {
        return properties.payloadIsUtf8();
    }

    /**
     * Checks the payload against its Payload Format Indicator; costs a pass over a payload that is said to be UTF-8.
     *
     * @throws MalformedPacketException Payload format invalid
     */
    public void requirePayloadFormat() throws MalformedPacketException {
        if (payloadIsUtf8() && !Utf8.isText(bytes, payloadFrom, end)) {
            throw new MalformedPacketException(Kind.PAYLOAD_FORMAT_INVALID, "the payload is not UTF-8");
        }
    }

    /** The number of payload bytes. */
    public int payloadLength() {
        return end - payloadFrom;
    }

    /** Where the payload begins in the buffer. */
    public int payloadOffset() {
        return payloadFrom;
    }

    /**
     * Copies the packet into a message: topic name, properties without Topic Alias and Message Expiry Interval, the
     * others untouched and in order, payload [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-17] [MQTT-3.3.2-20].
     *
     * @param id the message's identity
     * @param aliasedTopicUtf8 the topic name that the Topic Alias stands for, needed when {@link #topicEmpty}
     * @param nowMillis when it arrived, milliseconds since the epoch; the Message Expiry Interval runs from it
     */
    public Message toMessage(MessageId id, byte @Nullable [] aliasedTopicUtf8, long nowMillis) {
        byte[] topicSource = bytes;
        int from = topicFrom;
        int topicLength = topicTo - topicFrom;
        if (topicLength == 0) {
            if (aliasedTopicUtf8 == null || aliasedTopicUtf8.length == 0) {
                throw new IllegalArgumentException("a message needs a topic name");
            }
            topicSource = aliasedTopicUtf8;
            from = 0;
            topicLength = aliasedTopicUtf8.length;
        }
        int aliasAt = properties.topicAliasOffset();
        int expiryAt = properties.messageExpiryOffset();
        int kept = payloadFrom
                - propertiesFrom
                - (aliasAt < 0 ? 0 : TOPIC_ALIAS_BYTES)
                - (expiryAt < 0 ? 0 : MESSAGE_EXPIRY_BYTES);

        int propertiesAt = 2 + topicLength;
        int payloadAt = propertiesAt + VariableByteInteger.length(kept) + kept;
        byte[] body = new byte[payloadAt + payloadLength()];
        body[0] = (byte) (topicLength >>> 8);
        body[1] = (byte) topicLength;
        System.arraycopy(topicSource, from, body, 2, topicLength);
        int at = VariableByteInteger.write(body, propertiesAt, kept);
        if (kept > 0) {
            copyKeptProperties(body, at, aliasAt, expiryAt);
        }
        System.arraycopy(bytes, payloadFrom, body, payloadAt, payloadLength());
        long expiry = expirySeconds();
        long expiresAt = expiry < 0 ? Message.NEVER : nowMillis + expiry * 1000;
        return new Message(id, body, propertiesAt, payloadAt, qos(), retain(), nowMillis, expiresAt);
    }

    /** Copies the property block in up to three runs, around the two properties that are left out. */
    private void copyKeptProperties(byte[] body, int at, int aliasAt, int expiryAt) {
        boolean aliasFirst = aliasAt < expiryAt;
        int cutA = aliasFirst ? aliasAt : expiryAt;
        int lengthA = aliasFirst ? TOPIC_ALIAS_BYTES : MESSAGE_EXPIRY_BYTES;
        int cutB = aliasFirst ? expiryAt : aliasAt;
        int lengthB = aliasFirst ? MESSAGE_EXPIRY_BYTES : TOPIC_ALIAS_BYTES;
        int source = propertiesFrom;
        int target = at;
        if (cutA >= 0) {
            System.arraycopy(bytes, source, body, target, cutA - source);
            target += cutA - source;
            source = cutA + lengthA;
        }
        if (cutB >= 0) {
            System.arraycopy(bytes, source, body, target, cutB - source);
            target += cutB - source;
            source = cutB + lengthB;
        }
        System.arraycopy(bytes, source, body, target, payloadFrom - source);
    }
}
