// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import static dev.holdfast.gateway.codec.MalformedPacketException.malformed;

/**
 * A position in the bytes of one packet that cannot leave them: reading past the end is a malformed packet.
 *
 * <p>A flyweight: {@link #reset} points it at the next packet. It copies nothing.
 */
final class Cursor {
    private static final byte[] NONE = {};

    private byte[] bytes = NONE;
    private int at;
    private int end;

    /** Points it at the range. */
    void reset(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return at;
    }

    int end() {
        return end;
    }

    boolean hasMore() {
        return at < end;
    }

    /** One byte, 0 to 255. */
    int readByte() throws MalformedPacketException {
        require(1);
        return bytes[at++] & 0xFF;
    }

    /** Two bytes, 0 to 65535. */
    int readShort() throws MalformedPacketException {
        require(2);
        int value = (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
        at += 2;
        return value;
    }

    /** Four bytes, 0 to 2^32 - 1. */
    long readInt() throws MalformedPacketException {
        return ((long) readShort() << 16) | readShort();
    }

    /** A Variable Byte Integer in as few bytes as it needs [MQTT-1.5.5-1]. */
    int readVariableByteInteger() throws MalformedPacketException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = readByte();
            value |= (digit & 0x7F) << (7 * i);
            if (digit < 0x80) {
                if (digit == 0 && i > 0) {
                    throw malformed("Variable Byte Integer is over-long");
                }
                return value;
            }
        }
        throw malformed("Variable Byte Integer has more than four bytes");
    }

    /** Skips Binary Data; gives its length without the two bytes that tell it. */
    int skipBinary() throws MalformedPacketException {
        int length = readShort();
        require(length);
        at += length;
        return length;
    }

    /** Skips a UTF-8 Encoded String after checking it; gives its length in bytes without the two that tell it. */
    int skipString() throws MalformedPacketException {
        int length = skipBinary();
        if (!Utf8.isMqttString(bytes, at - length, at)) {
            throw malformed("a string is not UTF-8");
        }
        return length;
    }

    /** Skips to a position before the end. */
    void skipTo(int position) {
        at = position;
    }

    /** Reads the length of a property block; gives where the block ends. */
    int readPropertiesEnd() throws MalformedPacketException {
        int length = readVariableByteInteger();
        require(length);
        return at + length;
    }

    /** Accepts the packet identifier, which is not 0 [MQTT-2.2.1-3]. */
    int readPacketId() throws MalformedPacketException {
        int id = readShort();
        if (id == 0) {
            throw MalformedPacketException.protocolError("packet identifier 0");
        }
        return id;
    }

    /** Accepts that nothing follows. */
    void requireEnd() throws MalformedPacketException {
        if (at != end) {
            throw malformed("bytes after the end of the packet's fields");
        }
    }

    private void require(int count) throws MalformedPacketException {
        if (count > end - at) {
            throw malformed("a field is longer than the packet");
        }
    }
}
