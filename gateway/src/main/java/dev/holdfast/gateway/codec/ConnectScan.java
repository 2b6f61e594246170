// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import dev.holdfast.gateway.codec.MalformedPacketException.Kind;
import java.util.Arrays;

/** Checks the bytes of a CONNECT (MQTT 5.0 and 3.1.1 section 3.1). */
final class ConnectScan {
    private static final byte[] MQTT = {'M', 'Q', 'T', 'T'};
    private static final byte[] MQISDP = {'M', 'Q', 'I', 's', 'd', 'p'};

    private static final int RESERVED = 0x01;
    private static final int WILL = 0x04;
    private static final int WILL_QOS = 0x18;
    private static final int WILL_RETAIN = 0x20;
    private static final int PASSWORD = 0x40;
    private static final int USER_NAME = 0x80;

    private ConnectScan() {}

    static void scan(byte first, Cursor cursor, PropertyScan properties, DecodeLimits limits)
            throws MalformedPacketException {
        int level = protocol(cursor);
        FixedHeader.requireFlags(first, level == 3);
        boolean v5 = level == 5;
        int flags = cursor.readByte();
        flags(flags, level);
        cursor.readShort();
        if (v5) {
            properties.scan(cursor, Property.IN_CONNECT, limits);
            if (properties.has(Property.AUTHENTICATION_DATA) && !properties.has(Property.AUTHENTICATION_METHOD)) {
                throw protocolError("Authentication Data without Authentication Method");
            }
        }
        int clientIdLength = cursor.skipString();
        if (clientIdLength == 0 && level == 3) {
            throw new MalformedPacketException(Kind.CLIENT_IDENTIFIER_NOT_VALID, "an empty client identifier");
        }
        if ((flags & WILL) != 0) {
            will(cursor, properties, v5, limits);
        }
        if ((flags & USER_NAME) != 0) {
            cursor.skipString();
        }
        if ((flags & PASSWORD) != 0) {
            cursor.skipBinary();
        }
        cursor.requireEnd();
    }

    /** Accepts MQIsdp 3, MQTT 4 and MQTT 5; gives the level [MQTT-3.1.2-1] [MQTT-3.1.2-2]. */
    private static int protocol(Cursor cursor) throws MalformedPacketException {
        int length = cursor.skipString();
        int to = cursor.position();
        int level = cursor.readByte();
        boolean supported = level == 3
                ? isName(MQISDP, cursor.bytes(), to - length, to)
                : (level == 4 || level == 5) && isName(MQTT, cursor.bytes(), to - length, to);
        if (!supported) {
            throw new MalformedPacketException(
                    Kind.UNSUPPORTED_PROTOCOL_VERSION, "not MQIsdp 3, MQTT 4 or MQTT 5, the level is " + level);
        }
        return level;
    }

    private static boolean isName(byte[] name, byte[] bytes, int from, int to) {
        return Arrays.equals(name, 0, name.length, bytes, from, to);
    }

    private static void flags(int flags, int level) throws MalformedPacketException {
        if ((flags & RESERVED) != 0 && level != 3) {
            // [MQTT-3.1.2-3]; MQTT 3.1 says that the bit is not used.
            throw malformed("the reserved CONNECT flag is set");
        }
        if ((flags & WILL) == 0 && (flags & (WILL_QOS | WILL_RETAIN)) != 0) {
            // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
            throw malformed("Will QoS or Will Retain without a will");
        }
        if ((flags & WILL_QOS) == WILL_QOS) {
            // [MQTT-3.1.2-12]
            throw malformed("Will QoS 3");
        }
        if (level != 5 && (flags & PASSWORD) != 0 && (flags & USER_NAME) == 0) {
            // MQTT 3.1.1: [MQTT-3.1.2-22]; MQTT 5 allows it.
            throw malformed("a password without a user name");
        }
    }

    private static void will(Cursor cursor, PropertyScan properties, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        if (v5) {
            properties.scan(cursor, Property.IN_WILL, limits);
        }
        int topicLength = cursor.skipBinary();
        int topicTo = cursor.position();
        TopicScan.requireName(cursor.bytes(), topicTo - topicLength, topicTo, limits);
        int payloadLength = cursor.skipBinary();
        int payloadTo = cursor.position();
        if (v5 && properties.payloadIsUtf8() && !Utf8.isText(cursor.bytes(), payloadTo - payloadLength, payloadTo)) {
            throw new MalformedPacketException(Kind.PAYLOAD_FORMAT_INVALID, "the will payload is not UTF-8");
        }
    }
}
