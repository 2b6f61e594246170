// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The data types of MQTT (5.0 section 1.5), written by hand and unchecked, so that wrong ones can be written too. */
public final class ByteWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public ByteWriter one(int value) {
        out.write(value);
        return this;
    }

    public ByteWriter two(int value) {
        return one(value >>> 8).one(value);
    }

    public ByteWriter four(long value) {
        return two((int) (value >>> 16)).two((int) value);
    }

    public ByteWriter variable(long value) {
        long rest = value;
        do {
            int digit = (int) (rest & 0x7F);
            rest >>>= 7;
            one(rest > 0 ? digit | 0x80 : digit);
        } while (rest > 0);
        return this;
    }

    public ByteWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    public ByteWriter binary(byte[] bytes) {
        return two(bytes.length).raw(bytes);
    }

    public ByteWriter string(String text) {
        return binary(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] toBytes() {
        return out.toByteArray();
    }

    /** The body with a fixed header before it. */
    public static byte[] packet(PacketType type, int flags, byte[] body) {
        return new ByteWriter()
                .one((type.number() << 4) | flags)
                .variable(body.length)
                .raw(body)
                .toBytes();
    }
}
