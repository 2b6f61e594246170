// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

/** Variable Byte Integers as they are written (MQTT 5.0 section 1.5.5). */
final class VariableByteInteger {
    private VariableByteInteger() {}

    /** The bytes that the value takes, 1 to 4. */
    static int length(int value) {
        return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
    }

    /** Writes the value; gives the position after it. */
    static int write(byte[] bytes, int at, int value) {
        int position = at;
        int rest = value;
        while (rest >= 0x80) {
            bytes[position++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[position++] = (byte) rest;
        return position;
    }

    /** Reads a value that has been checked before. */
    static int read(byte[] bytes, int at) {
        int value = 0;
        int position = at;
        int shift = 0;
        while (bytes[position] < 0) {
            value |= (bytes[position++] & 0x7F) << shift;
            shift += 7;
        }
        return value | (bytes[position] << shift);
    }
}
