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
     * @param kind the reason code that answers it
     * @param what what is wrong, for the log and the reason string, without bytes of the packet
     */
    public MalformedPacketException(Kind kind, String what) {
        super(what, null, false, false);
        this.kind = kind;
    }

    /** The reason code that answers it. */
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

    /** What is wrong with a packet, in the words and codes of MQTT 5.0 section 2.4. */
    public enum Kind {
        /** The bytes are not the packet they claim to be. */
        MALFORMED(0x81),
        /** The packet can be read and says what it must not say. */
        PROTOCOL_ERROR(0x82),
        /** The first packet of a connection is another one [MQTT-3.1.0-1]. */
        NOT_A_CONNECT(0x82),
        /** A protocol name or level other than MQIsdp 3, MQTT 4 and MQTT 5. */
        UNSUPPORTED_PROTOCOL_VERSION(0x84),
        /** An empty client identifier in MQTT 3.1, which knows no assigned ones. */
        CLIENT_IDENTIFIER_NOT_VALID(0x85),
        /** An empty topic filter. */
        TOPIC_FILTER_INVALID(0x8F),
        /** A topic name that is empty, has a wildcard, or is longer or deeper than allowed. */
        TOPIC_NAME_INVALID(0x90),
        /** A Topic Alias of 0. */
        TOPIC_ALIAS_INVALID(0x94),
        /** More bytes than a packet may have here. */
        PACKET_TOO_LARGE(0x95),
        /** More user properties than a packet may have here. */
        QUOTA_EXCEEDED(0x97),
        /** A payload that is said to be UTF-8 and is not. */
        PAYLOAD_FORMAT_INVALID(0x99);

        private final int reasonCode;

        Kind(int reasonCode) {
            this.reasonCode = reasonCode;
        }

        /** The MQTT 5 reason code, 0x81 to 0x99. */
        public int reasonCode() {
            return reasonCode;
        }
    }
}
