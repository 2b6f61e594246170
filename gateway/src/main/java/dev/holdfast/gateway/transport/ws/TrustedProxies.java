// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.config.value.AddressRange;
import dev.holdfast.gateway.config.value.ForwardedHeader;
import java.net.InetAddress;
import java.util.List;

/**
 * The proxies whose X-Forwarded-For, or Forwarded (RFC 7239), is believed. Each proxy appends the address it saw, so the list is read from its
 * right end: past the trusted ones, the first other address is the client. What stands left of it anybody can have
 * written.
 */
public final class TrustedProxies {

    /** Believes nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of(), ForwardedHeader.AUTO);

    private final List<AddressRange> ranges;
    private final ForwardedHeader header;

    private TrustedProxies(List<AddressRange> ranges, ForwardedHeader header) {
        this.ranges = ranges;
        this.header = header;
    }

    /**
     * Believes the proxies in these ranges, {@code 10.0.0.0/8} or {@code ::1}.
     *
     * @throws IllegalArgumentException for something that is neither
     */
    public static TrustedProxies of(List<String> ranges) {
        return of(ranges, ForwardedHeader.AUTO);
    }

    /** The same for proxies that write a certain header. */
    public static TrustedProxies of(List<String> ranges, ForwardedHeader header) {
        return new TrustedProxies(ranges.stream().map(AddressRange::parse).toList(), header);
    }

    /**
     * The client's address.
     *
     * @param socket the address of the socket
     * @param forwardedFor the X-Forwarded-For headers in their order
     * @param forwarded the Forwarded headers in their order
     */
    InetAddress client(InetAddress socket, List<String> forwardedFor, List<String> forwarded) {
        if (!isTrusted(socket)) {
            return socket;
        }
        boolean isOld = header == ForwardedHeader.X_FORWARDED_FOR
                || (header == ForwardedHeader.AUTO && !forwardedFor.isEmpty());
        List<String> hops = isOld ? ForwardedFor.hops(forwardedFor) : ForwardedFor.forwardedHops(forwarded);
        InetAddress client = socket;
        for (int i = hops.size() - 1; i >= 0 && isTrusted(client); i--) {
            InetAddress hop = ForwardedFor.address(hops.get(i));
            if (hop == null) {
                return client;
            }
            client = hop;
        }
        return client;
    }

    /** Whether an address is that of such a proxy. */
    public boolean isTrusted(InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
