// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import io.undertow.util.NetworkUtils;
import java.io.IOException;
import java.net.InetAddress;

/**
 * A range of IP addresses, as {@code 10.0.0.0/8}, {@code fd00::/8} or one address.
 *
 * @param network the first address of the range, or any in it
 * @param prefixBits how many leading bits an address must share
 */
record AddressRange(InetAddress network, int prefixBits) {

    static AddressRange parse(String text) {
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

    boolean contains(InetAddress address) {
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
    static @org.jspecify.annotations.Nullable InetAddress literal(String text) {
        try {
            return text.indexOf(':') < 0 ? NetworkUtils.parseIpv4Address(text) : NetworkUtils.parseIpv6Address(text);
        } catch (IOException | RuntimeException notAnAddress) {
            return null;
        }
    }
}
