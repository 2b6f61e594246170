// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

/** Checks the bytes of the packets that end in a reason code and properties: acknowledgements, DISCONNECT, AUTH. */
final class ReasonScan {
    private static final int SUCCESS = 0;

    private ReasonScan() {}

    /** What stands behind the packet identifier of PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7): the reason code. */
    static int acknowledgement(Cursor cursor, PropertyScan properties, int type, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        if (!v5) {
            cursor.requireEnd();
            return SUCCESS;
        }
        if (!cursor.hasMore()) {
            return SUCCESS;
        }
        int reason = cursor.readByte();
        boolean known = (type == FixedHeader.PUBACK || type == FixedHeader.PUBREC)
                ? isPublishReason(reason)
                : reason == 0x00 || reason == 0x92;
        if (!known) {
            // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
            throw protocolError("a reason code that the acknowledgement cannot have");
        }
        properties(cursor, properties, Property.IN_ACK, limits);
        return reason;
    }

    /** DISCONNECT (section 3.14). */
    static void disconnect(Cursor cursor, PropertyScan properties, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        if (!v5) {
            cursor.requireEnd();
            return;
        }
        if (!cursor.hasMore()) {
            return;
        }
        if (!isClientDisconnectReason(cursor.readByte())) {
            // [MQTT-3.14.2-1]
            throw protocolError("a reason code that a client's DISCONNECT cannot have");
        }
        properties(cursor, properties, Property.IN_DISCONNECT, limits);
    }

    /** AUTH (section 3.15): from a client it continues or starts over, so it always has a method. */
    static void auth(Cursor cursor, PropertyScan properties, boolean v5, DecodeLimits limits)
            throws MalformedPacketException {
        if (!v5) {
            throw malformed("AUTH before MQTT 5");
        }
        int reason = cursor.hasMore() ? cursor.readByte() : 0;
        if (reason != 0x18 && reason != 0x19) {
            // [MQTT-3.15.2-1]
            throw protocolError("a reason code that a client's AUTH cannot have");
        }
        properties(cursor, properties, Property.IN_AUTH, limits);
        if (!properties.has(Property.AUTHENTICATION_METHOD)) {
            throw protocolError("AUTH without Authentication Method");
        }
    }

    /** The properties after a reason code; they may be left out with their length. */
    private static void properties(Cursor cursor, PropertyScan properties, long allowed, DecodeLimits limits)
            throws MalformedPacketException {
        if (cursor.hasMore()) {
            properties.scan(cursor, allowed, limits);
            cursor.requireEnd();
        } else {
            properties.clear();
        }
    }

    private static boolean isPublishReason(int reason) {
        return switch (reason) {
            case 0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99 -> true;
            default -> false;
        };
    }

    private static boolean isClientDisconnectReason(int reason) {
        return switch (reason) {
            case 0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99 -> true;
            default -> false;
        };
    }
}
