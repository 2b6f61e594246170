// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The data types of MQTT (5.0 section 1.5), read from what the gateway sent; what is not well formed fails the test. */
public final class ByteReader {
    private final byte[] bytes;
    private int position;
    private final int end;

    public ByteReader(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
    }

    public int remaining() {
        return end - position;
    }

    public int one() {
        if (position >= end) {
            throw new AssertionError("the gateway's packet ends too early");
        }
        return bytes[position++] & 0xFF;
    }

    public int two() {
        return (one() << 8) | one();
    }

    public long four() {
        return ((long) two() << 16) | two();
    }

    public int variable() {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            int digit = one();
            value |= (digit & 0x7F) << shift;
            if (digit < 0x80) {
                return value;
            }
        }
        throw new AssertionError("the gateway sent a variable byte integer of more than four bytes");
    }

    public byte[] raw(int length) {
        if (length > remaining()) {
            throw new AssertionError("the gateway's packet ends too early");
        }
        position += length;
        return Arrays.copyOfRange(bytes, position - length, position);
    }

    public byte[] binary() {
        return raw(two());
    }

    public String string() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(binary()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("the gateway sent a string that is not UTF-8 [MQTT-1.5.4-1]", e);
        }
    }

    public ByteReader sub(int length) {
        ByteReader part = new ByteReader(bytes, position, position + length);
        raw(length);
        return part;
    }
}
