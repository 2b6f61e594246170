// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header of the PROXY protocol, version 1 or 2, as bytes that come little by little. It says how many bytes it
 * surely still needs, so that the reader never takes one of those that follow it. Of version 2 any length is taken that it
 * can announce, 65,551 bytes at the most, within the time that the reader gives it.
 */
final class ProxyHeader {

    /** Not a PROXY header. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    private static final byte[] V2_SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
    private static final byte[] V1_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int V1_MAX = 107;
    /** {@code PROXY UNKNOWN\r\n} */
    private static final int V1_MIN = 15;

    private static final int V2_FIXED = 16;
    /** The fixed part and the addresses of the longest family, Unix sockets. */
    private static final int V2_KEPT = V2_FIXED + 216;
    /** Of what follows the addresses so much is asked for at once. */
    private static final int V2_SKIPPED_AT_ONCE = 512;

    private static final Pattern V1_TCP =
            Pattern.compile("PROXY TCP([46]) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) (\\d{1,5}) (\\d{1,5})");

    /** The beginning. Of version 2 what follows the addresses (client certificates, SNI, unique ids) is not kept. */
    private final byte[] bytes = new byte[V2_KEPT];

    private int length;
    private boolean isComplete;
    private @Nullable InetSocketAddress source;

    /** How many more bytes to read, at least 1, unless complete. */
    int wanted() {
        if (isComplete) {
            return 0;
        }
        if (length < V2_SIGNATURE.length) {
            return V2_SIGNATURE.length - length;
        }
        if (isVersion2()) {
            return length < V2_FIXED
                    ? V2_FIXED - length
                    : Math.min(V2_FIXED + version2Rest() - length, V2_SKIPPED_AT_ONCE);
        }
        if (length < V1_MIN) {
            return V1_MIN - length;
        }
        return bytes[length - 1] == '\r' ? 1 : 2;
    }

    /** Takes bytes, never more than {@link #wanted()}. Tells whether the header is complete. */
    boolean add(byte[] more, int count) throws Malformed {
        if (count > wanted()) {
            throw new IllegalArgumentException("more than was wanted");
        }
        if (length < bytes.length) {
            System.arraycopy(more, 0, bytes, length, Math.min(count, bytes.length - length));
        }
        length += count;
        if (isVersion2()) {
            version2();
        } else {
            version1();
        }
        return isComplete;
    }

    /** Whether a byte of it has come. */
    boolean hasBegun() {
        return length > 0;
    }

    /** Where the connection comes from; null when the header does not say (UNKNOWN, LOCAL, a Unix socket). */
    @Nullable
    InetSocketAddress source() {
        return source;
    }

    /** Whether the bytes so far can only be version 2; the first byte decides. */
    private boolean isVersion2() {
        return bytes[0] == V2_SIGNATURE[0];
    }

    private void version1() throws Malformed {
        int check = Math.min(length, V1_START.length);
        if (!Arrays.equals(bytes, 0, check, V1_START, 0, check)) {
            throw new Malformed("no PROXY header");
        }
        if (length >= 2 && bytes[length - 2] == '\r' && bytes[length - 1] == '\n') {
            line(new String(bytes, 0, length - 2, StandardCharsets.US_ASCII));
            isComplete = true;
        } else if (bytes[length - 1] == '\n' || length + wanted() > V1_MAX) {
            throw new Malformed("version 1 line without an end");
        }
    }

    private void line(String line) throws Malformed {
        if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
            return;
        }
        Matcher tcp = V1_TCP.matcher(line);
        if (!tcp.matches()) {
            throw new Malformed("version 1 line of another form");
        }
        boolean isV6 = tcp.group(1).equals("6");
        byte[] address = literal(tcp.group(2), isV6);
        literal(tcp.group(3), isV6);
        int port = Integer.parseInt(tcp.group(4));
        if (port > 0xFFFF || Integer.parseInt(tcp.group(5)) > 0xFFFF) {
            throw new Malformed("port out of range");
        }
        source = at(address, port);
    }

    private void version2() throws Malformed {
        int check = Math.min(length, V2_SIGNATURE.length);
        if (!Arrays.equals(bytes, 0, check, V2_SIGNATURE, 0, check)) {
            throw new Malformed("no PROXY header");
        }
        if (length < V2_FIXED) {
            return;
        }
        int command = bytes[12] & 0xFF;
        if (command != 0x20 && command != 0x21) {
            throw new Malformed("version 2 command unknown");
        }
        int rest = version2Rest();
        if (length == V2_FIXED + rest) {
            isComplete = true;
            if (command == 0x21) {
                addresses(bytes[13] & 0xFF, rest);
            }
        }
    }

    private void addresses(int family, int rest) throws Malformed {
        int width;
        switch (family) {
            case 0x11 -> width = 4;
            case 0x21 -> width = 16;
            case 0x00, 0x31, 0x32 -> {
                return;
            }
            default -> throw new Malformed("version 2 family not a stream");
        }
        if (rest < 2 * width + 4) {
            throw new Malformed("version 2 addresses cut off");
        }
        int portAt = V2_FIXED + 2 * width;
        int port = (bytes[portAt] & 0xFF) << 8 | (bytes[portAt + 1] & 0xFF);
        source = at(Arrays.copyOfRange(bytes, V2_FIXED, V2_FIXED + width), port);
    }

    private int version2Rest() {
        return (bytes[14] & 0xFF) << 8 | (bytes[15] & 0xFF);
    }

    private static byte[] literal(String text, boolean isV6) throws Malformed {
        try {
            // The pattern has let through digits, dots and colons only; the brackets and the dot count keep
            // InetAddress from asking a name server.
            if (isV6 && text.indexOf(':') >= 0) {
                return InetAddress.getByName("[" + text + "]").getAddress();
            }
            if (!isV6 && text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
                return InetAddress.getByName(text).getAddress();
            }
        } catch (UnknownHostException notAnAddress) {
            throw new Malformed("not an address");
        }
        throw new Malformed("not an address of its family");
    }

    private static InetSocketAddress at(byte[] address, int port) throws Malformed {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException wrongLength) {
            throw new Malformed("not an address");
        }
    }
}
