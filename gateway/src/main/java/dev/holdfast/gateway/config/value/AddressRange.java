// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses, as {@code 10.0.0.0/8}, {@code fd00::/8} or one address.
 *
 * @param network the first address of the range, or any in it
 * @param prefixBits how many leading bits an address must share
 */
public record AddressRange(InetAddress network, int prefixBits) {
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9a-fA-F:][0-9a-fA-F:.]*");

    /**
     * Reads a range. Never asks a name server.
     *
     * @throws IllegalArgumentException for something that is neither a range nor an address
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("not an address range: " + text);
        }
        int width = address.getAddress().length * 8;
        int bits = slash < 0 ? width : Integer.parseInt(text.substring(slash + 1));
        if (bits < 0 || bits > width) {
            throw new IllegalArgumentException("prefix out of range: " + text);
        }
        return new AddressRange(address, bits);
    }

    /** Whether the address is in the range. */
    public boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        int wholeBytes = prefixBits / 8;
        for (int i = 0; i < wholeBytes; i++) {
            if (mine[i] != other[i]) {
                return false;
            }
        }
        int restBits = prefixBits % 8;
        return restBits == 0 || (mine[wholeBytes] ^ other[wholeBytes]) >> (8 - restBits) == 0;
    }

    /** The address a text stands for, or null. Never asks a name server. */
    public static @Nullable InetAddress literal(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(text); // of these shapes it takes addresses only
        } catch (UnknownHostException notAnAddress) {
            return null;
        }
    }
}
