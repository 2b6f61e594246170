// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

import io.netty.handler.codec.mqtt.MqttReasonCodes.Auth;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.PubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.PubRel;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Checks the bytes of the packets that end in a reason code and properties: acknowledgements, DISCONNECT, AUTH. */
final class ReasonScan {
    private static final int SUCCESS = 0;

    /** PUBACK and PUBREC have the same (sections 3.4.2.1 and 3.5.2.1). */
    private static final BitSet RECEIVING = codes(Arrays.stream(PubAck.values()).mapToInt(PubAck::byteValue));

    /** PUBREL and PUBCOMP have the same (sections 3.6.2.1 and 3.7.2.1). */
    private static final BitSet RELEASING = codes(Arrays.stream(PubRel.values()).mapToInt(PubRel::byteValue));

    /** Of those of DISCONNECT what a client may say (section 3.14.2.1). */
    private static final BitSet LEAVING = codes(Stream.of(
                    Disconnect.NORMAL_DISCONNECT,
                    Disconnect.DISCONNECT_WITH_WILL_MESSAGE,
                    Disconnect.UNSPECIFIED_ERROR,
                    Disconnect.MALFORMED_PACKET,
                    Disconnect.PROTOCOL_ERROR,
                    Disconnect.IMPLEMENTATION_SPECIFIC_ERROR,
                    Disconnect.TOPIC_NAME_INVALID,
                    Disconnect.RECEIVE_MAXIMUM_EXCEEDED,
                    Disconnect.TOPIC_ALIAS_INVALID,
                    Disconnect.PACKET_TOO_LARGE,
                    Disconnect.MESSAGE_RATE_TOO_HIGH,
                    Disconnect.QUOTA_EXCEEDED,
                    Disconnect.ADMINISTRATIVE_ACTION,
                    Disconnect.PAYLOAD_FORMAT_INVALID)
            .mapToInt(Disconnect::byteValue));

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
                ? RECEIVING.get(reason)
                : RELEASING.get(reason);
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
        if (!LEAVING.get(cursor.readByte())) {
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
        if (reason != code(Auth.CONTINUE_AUTHENTICATION.byteValue())
                && reason != code(Auth.REAUTHENTICATE.byteValue())) {
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

    private static int code(byte reason) {
        return Byte.toUnsignedInt(reason);
    }

    private static BitSet codes(IntStream reasons) {
        BitSet codes = new BitSet();
        reasons.forEach(reason -> codes.set(code((byte) reason)));
        return codes;
    }
}
