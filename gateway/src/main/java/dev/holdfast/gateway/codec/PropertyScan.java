// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;

/**
 * One pass over a property block that checks every property and remembers what its callers ask for.
 *
 * <p>A flyweight; what it remembers is of the last block.
 */
final class PropertyScan {
    private long seen;
    private int userProperties;
    private int userPropertyBytes;
    private int payloadFormat;
    private long messageExpiry;
    private int messageExpiryOffset;
    private int topicAlias;
    private int topicAliasOffset;
    private int subscriptionIdentifier;

    /** Forgets the last block; the same as scanning an empty one. */
    void clear() {
        seen = 0;
        userProperties = 0;
        userPropertyBytes = 0;
        payloadFormat = 0;
        messageExpiry = -1;
        messageExpiryOffset = -1;
        topicAlias = 0;
        topicAliasOffset = -1;
        subscriptionIdentifier = 0;
    }

    /**
     * Reads the property length and the block.
     *
     * @param allowed the identifiers that the packet may have, from {@link Property}
     * @throws MalformedPacketException an identifier that is not allowed or a value that is not of its type is
     *     malformed; one that stands twice or has a value out of range is a protocol error; too many user properties
     *     exceed the quota
     */
    void scan(Cursor cursor, long allowed, DecodeLimits limits) throws MalformedPacketException {
        clear();
        int end = cursor.readPropertiesEnd();
        while (cursor.position() < end) {
            int id = cursor.readVariableByteInteger();
            if (id >= 64 || (allowed >>> id & 1) == 0) {
                throw malformed("a property that the packet cannot have");
            }
            if (id == Property.USER_PROPERTY) {
                userProperty(cursor, limits);
            } else {
                if ((seen >>> id & 1) != 0) {
                    throw protocolError("a property that stands twice");
                }
                single(id, cursor);
            }
            seen |= 1L << id;
        }
        if (cursor.position() != end) {
            throw malformed("a property is longer than the property length");
        }
    }

    private void single(int id, Cursor cursor) throws MalformedPacketException {
        switch (id) {
            case Property.PAYLOAD_FORMAT_INDICATOR -> payloadFormat = readBoolean(cursor);
            case Property.REQUEST_PROBLEM_INFORMATION, Property.REQUEST_RESPONSE_INFORMATION -> readBoolean(cursor);
            case Property.MESSAGE_EXPIRY_INTERVAL -> {
                messageExpiryOffset = cursor.position() - 1;
                messageExpiry = cursor.readInt();
            }
            case Property.SESSION_EXPIRY_INTERVAL, Property.WILL_DELAY_INTERVAL -> cursor.readInt();
            case Property.MAXIMUM_PACKET_SIZE -> requireNotZero(cursor.readInt(), "Maximum Packet Size 0");
            case Property.RECEIVE_MAXIMUM -> requireNotZero(cursor.readShort(), "Receive Maximum 0");
            case Property.TOPIC_ALIAS_MAXIMUM -> cursor.readShort();
            case Property.TOPIC_ALIAS -> {
                topicAliasOffset = cursor.position() - 1;
                topicAlias = cursor.readShort();
                if (topicAlias == 0) {
                    // [MQTT-3.3.2-8]
                    throw new MalformedPacketException(Kind.TOPIC_ALIAS_INVALID, "Topic Alias 0");
                }
            }
            case Property.SUBSCRIPTION_IDENTIFIER -> {
                subscriptionIdentifier = cursor.readVariableByteInteger();
                requireNotZero(subscriptionIdentifier, "Subscription Identifier 0");
            }
            case Property.RESPONSE_TOPIC -> responseTopic(cursor);
            case Property.CORRELATION_DATA, Property.AUTHENTICATION_DATA -> cursor.skipBinary();
            default -> cursor.skipString();
        }
    }

    private void userProperty(Cursor cursor, DecodeLimits limits) throws MalformedPacketException {
        userProperties++;
        userPropertyBytes += cursor.skipString() + cursor.skipString();
        if (userProperties > limits.maxUserProperties() || userPropertyBytes > limits.maxUserPropertyBytes()) {
            throw new MalformedPacketException(Kind.QUOTA_EXCEEDED, "too many user properties");
        }
    }

    /** Accepts a topic name without wildcards [MQTT-3.3.2-14]. */
    private static void responseTopic(Cursor cursor) throws MalformedPacketException {
        int length = cursor.skipString();
        if (length == 0 || TopicScan.hasWildcard(cursor.bytes(), cursor.position() - length, cursor.position())) {
            throw protocolError("Response Topic is not a topic name");
        }
    }

    private static int readBoolean(Cursor cursor) throws MalformedPacketException {
        int value = cursor.readByte();
        if (value > 1) {
            throw protocolError("a property that is 0 or 1 has another value");
        }
        return value;
    }

    private static void requireNotZero(long value, String what) throws MalformedPacketException {
        if (value == 0) {
            throw protocolError(what);
        }
    }

    /** Whether the block has the property. */
    boolean has(int id) {
        return (seen >>> id & 1) != 0;
    }

    /** Whether Payload Format Indicator is 1. */
    boolean payloadIsUtf8() {
        return payloadFormat == 1;
    }

    /** Message Expiry Interval in seconds, -1 when absent. */
    long messageExpiry() {
        return messageExpiry;
    }

    /** Where the identifier of Message Expiry Interval stands; the property has five bytes. -1 when absent. */
    int messageExpiryOffset() {
        return messageExpiryOffset;
    }

    /** The Subscription Identifier, 0 when absent. */
    int subscriptionIdentifier() {
        return subscriptionIdentifier;
    }

    /** The Topic Alias, 0 when absent. */
    int topicAlias() {
        return topicAlias;
    }

    /** Where the identifier of Topic Alias stands; the property has three bytes. -1 when absent. */
    int topicAliasOffset() {
        return topicAliasOffset;
    }
}
