// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.pem;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * As much of DER (X.690) as is needed to put a key of an older form into the envelope that {@code KeyFactory} reads.
 * The key itself is not looked into.
 */
final class Der {
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int CURVE = 0xA0;

    private static final byte[] ZERO = {INTEGER, 1, 0};
    /** The algorithm rsaEncryption, 1.2.840.113549.1.1.1, and the NULL that goes with it (RFC 8017 appendix A.1). */
    private static final byte[] RSA = {
        SEQUENCE, 13, 6, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 5, 0
    };
    /** The identifier id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 section 2.1.1). */
    private static final byte[] EC = {6, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1};

    private Der() {}

    /** PKCS #8 (RFC 5208 section 5) around an RSAPrivateKey of PKCS #1 (RFC 8017 appendix A.1.2). */
    static byte[] pkcs8OfRsa(byte[] pkcs1) {
        return element(SEQUENCE, ZERO, RSA, element(OCTET_STRING, pkcs1));
    }

    /**
     * PKCS #8 around an ECPrivateKey of SEC 1 (RFC 5915 section 3).
     *
     * @param otherwise the curve, if the key does not name it; null if nobody does
     * @return null if it is no such key, or its curve is not known
     */
    static byte @Nullable [] pkcs8OfEc(byte[] sec1, byte @Nullable [] otherwise) {
        byte[] named = curve(sec1);
        byte[] curve = named == null ? otherwise : named;
        return curve == null
                ? null
                : element(SEQUENCE, ZERO, element(SEQUENCE, EC, curve), element(OCTET_STRING, sec1));
    }

    /** SubjectPublicKeyInfo (RFC 5280 section 4.1) around an RSAPublicKey of PKCS #1. */
    static byte[] publicKeyOfRsa(byte[] pkcs1) {
        return element(SEQUENCE, RSA, element(BIT_STRING, new byte[] {0}, pkcs1));
    }

    /** The content of the element {@code [0]} of an ECPrivateKey, which names the curve, or null. */
    private static byte @Nullable [] curve(byte[] sec1) {
        Span whole = Span.at(sec1, 0);
        if (whole == null || whole.tag != SEQUENCE) {
            return null;
        }
        for (Span part = Span.at(sec1, whole.from); part != null; part = Span.at(sec1, part.to)) {
            if (part.tag == CURVE) {
                return Arrays.copyOfRange(sec1, part.from, part.to);
            }
        }
        return null;
    }

    /** Where the content of an element begins and ends. */
    private record Span(int tag, int from, int to) {
        /** The element that begins at a place, or null if none that is whole does. */
        static @Nullable Span at(byte[] bytes, int at) {
            if (at + 2 > bytes.length) {
                return null;
            }
            int length = bytes[at + 1] & 0xFF;
            int from = at + 2;
            if (length > 0x80) {
                int lengthBytes = length - 0x80;
                if (lengthBytes > 3 || from + lengthBytes > bytes.length) {
                    return null;
                }
                length = 0;
                for (int i = 0; i < lengthBytes; i++) {
                    length = length << 8 | (bytes[from++] & 0xFF);
                }
            }
            return length > bytes.length - from ? null : new Span(bytes[at] & 0xFF, from, from + length);
        }
    }

    private static byte[] element(int tag, byte[]... contents) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] each : contents) {
            content.writeBytes(each);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        int length = content.size();
        if (length < 0x80) {
            element.write(length);
        } else {
            int lengthBytes = length < 1 << 8 ? 1 : length < 1 << 16 ? 2 : 3;
            element.write(0x80 | lengthBytes);
            for (int shift = 8 * (lengthBytes - 1); shift >= 0; shift -= 8) {
                element.write(length >>> shift);
            }
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }
}
