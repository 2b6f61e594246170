// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.config.AddressRange;
import java.net.InetAddress;
import java.util.List;

/**
 * The proxies whose X-Forwarded-For is believed. Each proxy appends the address it saw, so the list is read from its
 * right end: past the trusted ones, the first other address is the client. What stands left of it anybody can have
 * written.
 */
public final class TrustedProxies {

    /** Believes nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private final List<AddressRange> ranges;

    private TrustedProxies(List<AddressRange> ranges) {
        this.ranges = ranges;
    }

    /**
     * Believes the proxies in these ranges, {@code 10.0.0.0/8} or {@code ::1}.
     *
     * @throws IllegalArgumentException for something that is neither
     */
    public static TrustedProxies of(List<String> ranges) {
        return new TrustedProxies(ranges.stream().map(AddressRange::parse).toList());
    }

    /** The client's address, given the address of the socket and the X-Forwarded-For headers in their order. */
    InetAddress client(InetAddress socket, List<String> forwardedFor) {
        InetAddress client = socket;
        List<String> hops = forwardedFor.isEmpty()
                ? List.of()
                : List.of(String.join(",", forwardedFor).split(","));
        for (int i = hops.size() - 1; i >= 0 && isTrusted(client); i--) {
            InetAddress hop = AddressRange.literal(hops.get(i).trim());
            if (hop == null) {
                return client;
            }
            client = hop;
        }
        return client;
    }

    private boolean isTrusted(InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
