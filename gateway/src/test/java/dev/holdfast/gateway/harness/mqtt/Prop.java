// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** The properties of MQTT 5.0 with their identifiers and types (section 2.2.2.2). */
public enum Prop {
    PAYLOAD_FORMAT_INDICATOR(0x01, Kind.BYTE),
    MESSAGE_EXPIRY_INTERVAL(0x02, Kind.FOUR_BYTES),
    CONTENT_TYPE(0x03, Kind.STRING),
    RESPONSE_TOPIC(0x08, Kind.STRING),
    CORRELATION_DATA(0x09, Kind.BINARY),
    SUBSCRIPTION_IDENTIFIER(0x0B, Kind.VARIABLE),
    SESSION_EXPIRY_INTERVAL(0x11, Kind.FOUR_BYTES),
    ASSIGNED_CLIENT_IDENTIFIER(0x12, Kind.STRING),
    SERVER_KEEP_ALIVE(0x13, Kind.TWO_BYTES),
    AUTHENTICATION_METHOD(0x15, Kind.STRING),
    AUTHENTICATION_DATA(0x16, Kind.BINARY),
    REQUEST_PROBLEM_INFORMATION(0x17, Kind.BYTE),
    WILL_DELAY_INTERVAL(0x18, Kind.FOUR_BYTES),
    REQUEST_RESPONSE_INFORMATION(0x19, Kind.BYTE),
    RESPONSE_INFORMATION(0x1A, Kind.STRING),
    SERVER_REFERENCE(0x1C, Kind.STRING),
    REASON_STRING(0x1F, Kind.STRING),
    RECEIVE_MAXIMUM(0x21, Kind.TWO_BYTES),
    TOPIC_ALIAS_MAXIMUM(0x22, Kind.TWO_BYTES),
    TOPIC_ALIAS(0x23, Kind.TWO_BYTES),
    MAXIMUM_QOS(0x24, Kind.BYTE),
    RETAIN_AVAILABLE(0x25, Kind.BYTE),
    USER_PROPERTY(0x26, Kind.PAIR),
    MAXIMUM_PACKET_SIZE(0x27, Kind.FOUR_BYTES),
    WILDCARD_SUBSCRIPTION_AVAILABLE(0x28, Kind.BYTE),
    SUBSCRIPTION_IDENTIFIER_AVAILABLE(0x29, Kind.BYTE),
    SHARED_SUBSCRIPTION_AVAILABLE(0x2A, Kind.BYTE);

    public enum Kind {
        BYTE,
        TWO_BYTES,
        FOUR_BYTES,
        VARIABLE,
        STRING,
        BINARY,
        PAIR
    }

    final int id;
    final Kind kind;

    Prop(int id, Kind kind) {
        this.id = id;
        this.kind = kind;
    }

    public static Prop of(int id) {
        for (Prop prop : values()) {
            if (prop.id == id) {
                return prop;
            }
        }
        throw new AssertionError("the gateway sent an unknown property 0x" + Integer.toHexString(id));
    }
}
