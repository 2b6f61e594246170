// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.codec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Packets as tests write them: hexadecimal bytes, strings with their length, and a counted Remaining Length. */
public final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Bytes() {}

    /** Bytes in hexadecimal, blanks between them as one likes. */
    public static Bytes hex(String hex) {
        return new Bytes().then(hex);
    }

    /** Adds bytes in hexadecimal. */
    public Bytes then(String hex) {
        out.writeBytes(HexFormat.of().parseHex(hex.replace(" ", "")));
        return this;
    }

    /** Adds a string with the two bytes of its length. */
    public Bytes string(String text) {
        return binary(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds bytes with the two bytes of their number. */
    public Bytes binary(byte[] bytes) {
        out.write(bytes.length >>> 8);
        out.write(bytes.length);
        return raw(bytes);
    }

    /** Adds bytes as they are. */
    public Bytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Adds text as it is, without a length. */
    public Bytes text(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a property block: the length of the given bytes and they. */
    public Bytes properties(Bytes properties) {
        byte[] block = properties.array();
        byte[] length = new byte[VariableByteInteger.length(block.length)];
        VariableByteInteger.write(length, 0, block.length);
        return raw(length).raw(block);
    }

    /** Makes a packet: the first byte, the Remaining Length, and these bytes as the rest. */
    public byte[] packet(int first) {
        byte[] rest = array();
        byte[] length = new byte[VariableByteInteger.length(rest.length)];
        VariableByteInteger.write(length, 0, rest.length);
        return hex("%02x".formatted(first)).raw(length).raw(rest).array();
    }

    /** The bytes. */
    public byte[] array() {
        return out.toByteArray();
    }
}
