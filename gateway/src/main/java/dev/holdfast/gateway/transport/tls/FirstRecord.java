// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.gateway.observe.Refused;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The first TLS record of a client (RFC 8446, section 5.1), as it comes. It has to be the beginning of a ClientHello. Holds
 * {@value #MOST_BYTES} bytes at the most.
 */
final class FirstRecord {
    private static final int HEADER_BYTES = 5;
    private static final int MOST_FRAGMENT_BYTES = 1 << 14;
    /** What a record may have, header included. */
    static final int MOST_BYTES = HEADER_BYTES + MOST_FRAGMENT_BYTES;
    /** A ClientHello of clients has some 200 to 2,000 bytes; BoringSSL takes as many as this, the JDK twice as many. */
    private static final int MOST_HELLO_BYTES = 1 << 14;

    private static final int HANDSHAKE = 22;
    private static final int MAJOR_VERSION = 3;
    private static final int CLIENT_HELLO = 1;

    private byte[] bytes = {};

    /** Takes what has come, up to as many bytes as a record may have. */
    void add(ByteBuffer more) {
        int before = bytes.length;
        bytes = Arrays.copyOf(bytes, before + more.remaining());
        more.get(bytes, before, more.remaining());
    }

    /** How many bytes have come. */
    int length() {
        return bytes.length;
    }

    /** All that has come; perhaps more than the record. */
    byte[] bytes() {
        return bytes;
    }

    /** Whether the record has come as a whole. */
    boolean isWhole() {
        return bytes.length >= HEADER_BYTES && bytes.length >= HEADER_BYTES + unsignedShort(3);
    }

    /** Why it cannot be the beginning of a handshake; null if it can, as far as it has come. */
    @Nullable
    Refused fault() {
        if (isOther(0, HANDSHAKE) || isOther(1, MAJOR_VERSION) || isOther(HEADER_BYTES, CLIENT_HELLO)) {
            return Refused.TLS_NONE;
        }
        if (bytes.length >= HEADER_BYTES && unsignedShort(3) > MOST_FRAGMENT_BYTES) {
            return Refused.TLS_TOO_LARGE;
        }
        if (bytes.length >= HEADER_BYTES + 4 && helloBytes() > MOST_HELLO_BYTES) {
            return Refused.TLS_TOO_LARGE;
        }
        return null;
    }

    private boolean isOther(int at, int expected) {
        return bytes.length > at && bytes[at] != expected;
    }

    private int helloBytes() {
        return (bytes[HEADER_BYTES + 1] & 0xFF) << 16 | unsignedShort(HEADER_BYTES + 2);
    }

    private int unsignedShort(int at) {
        return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
    }
}
