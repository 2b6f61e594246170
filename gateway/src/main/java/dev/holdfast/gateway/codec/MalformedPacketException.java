// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

/**
 * A packet that breaks the specification or a limit; the connection it came on must be closed.
 *
 * <p>It has no stack trace: it tells of the client, not of this program, and a stranger decides how many are thrown.
 * The text never holds bytes of the packet.
 */
public final class MalformedPacketException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /**
     * Makes one.
     *
     * @param kind what is wrong with it
     * @param what what is wrong, for the log and the reason string, without bytes of the packet
     */
    public MalformedPacketException(Kind kind, String what) {
        super(what, null, false, false);
        this.kind = kind;
    }

    /** What is wrong with it. */
    public Kind kind() {
        return kind;
    }

    /** A malformed packet. */
    static MalformedPacketException malformed(String what) {
        return new MalformedPacketException(Kind.MALFORMED, what);
    }

    /** A protocol error. */
    static MalformedPacketException protocolError(String what) {
        return new MalformedPacketException(Kind.PROTOCOL_ERROR, what);
    }

    /** What is wrong with a packet, in the words of MQTT 5.0 section 2.4. */
    public enum Kind {
        /** The bytes are not the packet they claim to be. */
        MALFORMED,
        /** The packet can be read and says what it must not say. */
        PROTOCOL_ERROR,
        /** The first packet of a connection is another one [MQTT-3.1.0-1]. */
        NOT_A_CONNECT,
        /** A protocol name or level other than MQIsdp 3, MQTT 4 and MQTT 5. */
        UNSUPPORTED_PROTOCOL_VERSION,
        /** An empty client identifier in MQTT 3.1, which knows no assigned ones. */
        CLIENT_IDENTIFIER_NOT_VALID,
        /** An empty topic filter. */
        TOPIC_FILTER_INVALID,
        /** A topic name that is empty, has a wildcard, or is longer or deeper than allowed. */
        TOPIC_NAME_INVALID,
        /** A Topic Alias of 0. */
        TOPIC_ALIAS_INVALID,
        /** More bytes than a packet may have here. */
        PACKET_TOO_LARGE,
        /** More user properties than a packet may have here. */
        QUOTA_EXCEEDED,
        /** A payload that is said to be UTF-8 and is not. */
        PAYLOAD_FORMAT_INVALID
    }
}
