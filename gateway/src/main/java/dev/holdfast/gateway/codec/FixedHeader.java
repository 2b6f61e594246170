// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;
import static dev.holdfast.gateway.codec.MalformedPacketException.protocolError;

/** The first byte of a packet and its Remaining Length (MQTT 5.0 section 2.1). */
final class FixedHeader {
    /** What {@link #packetLength} gives while the Remaining Length is not complete. */
    static final int INCOMPLETE = -1;

    static final int CONNECT = 1;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int UNSUBSCRIBE = 10;
    static final int PINGREQ = 12;
    static final int DISCONNECT = 14;
    static final int AUTH = 15;

    /** The types that only a server sends: CONNACK, SUBACK, UNSUBACK, PINGRESP. */
    private static final int FROM_SERVER = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 13;

    /** The types whose flags are 0010. */
    private static final int FLAGS_0010 = 1 << PUBREL | 1 << SUBSCRIBE | 1 << UNSUBSCRIBE;

    private static final int QOS = 0x06;

    private FixedHeader() {}

    /** The packet type, 0 to 15. */
    static int type(byte first) {
        return (first & 0xFF) >>> 4;
    }

    /**
     * Accepts a first byte that a client may send: its type and, save for PUBLISH and CONNECT, its flags. Which flags a
     * CONNECT may have depends on the level that stands in it.
     *
     * @param v31 whether the client speaks MQTT 3.1
     * @throws MalformedPacketException type 0, wrong flags; a type that only servers send is a protocol error
     */
    static void requireFromClient(byte first, boolean v31) throws MalformedPacketException {
        int type = type(first);
        if (type == PUBLISH) {
            return;
        }
        if (type == 0) {
            throw malformed("packet type 0");
        }
        if ((FROM_SERVER >>> type & 1) != 0) {
            throw protocolError("a packet type that only servers send");
        }
        if (type != CONNECT) {
            requireFlags(first, v31);
        }
    }

    /**
     * Accepts the flags of a packet that is no PUBLISH [MQTT-2.1.3-1]. MQTT 3.1 (section 2.1) uses none but the QoS of PUBREL,
     * SUBSCRIBE and UNSUBSCRIBE, which is 1, and their DUP, which says that they are sent again; the others have no meaning
     * there, whatever they are.
     *
     * @throws MalformedPacketException wrong flags
     */
    static void requireFlags(byte first, boolean v31) throws MalformedPacketException {
        int flags = first & 0x0F;
        int used = v31 ? QOS : 0x0F;
        boolean isWithQos1 = (FLAGS_0010 >>> type(first) & 1) != 0;
        if (isWithQos1 ? (flags & used) != 0x02 : flags != 0 && !v31) {
            throw malformed("fixed header flags");
        }
    }

    /** The first byte of a packet that is no PUBLISH as a later version than MQTT 3.1 wants it. */
    static byte withPlainFlags(byte first) {
        return (byte) ((first & 0xF0) | ((FLAGS_0010 >>> type(first) & 1) != 0 ? 0x02 : 0));
    }

    /**
     * The length of the packet at {@code from}, fixed header included, or {@link #INCOMPLETE} when the bytes up to
     * {@code to} do not tell it yet.
     *
     * @throws MalformedPacketException a Remaining Length of more than four bytes or more bytes than it needs
     *     [MQTT-1.5.5-1]
     */
    static int packetLength(byte[] bytes, int from, int to) throws MalformedPacketException {
        int remaining = 0;
        for (int i = 0; i < 4; i++) {
            int at = from + 1 + i;
            if (at >= to) {
                return INCOMPLETE;
            }
            byte digit = bytes[at];
            remaining |= (digit & 0x7F) << (7 * i);
            if (digit >= 0) {
                if (digit == 0 && i > 0) {
                    throw malformed("Remaining Length is over-long");
                }
                return 2 + i + remaining;
            }
        }
        throw malformed("Remaining Length has more than four bytes");
    }

    /** Where the variable header begins in a whole packet. */
    static int bodyOffset(byte[] bytes, int from) {
        int at = from + 1;
        while (bytes[at] < 0) {
            at++;
        }
        return at + 1;
    }
}
