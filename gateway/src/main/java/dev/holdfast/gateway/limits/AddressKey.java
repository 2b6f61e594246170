// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.limits;

import java.util.Locale;

/** What of a client's address counts as one client: all of an IPv4 address, the /64 of an IPv6 one. */
final class AddressKey {
    private static final int GROUPS = 8;
    private static final int NETWORK_GROUPS = 4;

    private AddressKey() {}

    /** The key of an address as text; what is no IP address is its own key. */
    static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        String text = address.toLowerCase(Locale.ROOT);
        int zone = text.indexOf('%');
        if (zone >= 0) {
            text = text.substring(0, zone);
        }
        if (text.contains(".")) {
            // IPv4 in IPv6, as ::ffff:192.0.2.1.
            return text.substring(text.lastIndexOf(':') + 1);
        }
        int gap = text.indexOf("::");
        String[] head = groups(gap < 0 ? text : text.substring(0, gap));
        String[] tail = groups(gap < 0 ? "" : text.substring(gap + 2));
        StringBuilder network = new StringBuilder();
        for (int i = 0; i < NETWORK_GROUPS; i++) {
            int fromEnd = i - (GROUPS - tail.length);
            String group = i < head.length ? head[i] : fromEnd >= 0 ? tail[fromEnd] : "0";
            network.append(withoutZeros(group)).append(':');
        }
        return network.append("/64").toString();
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", GROUPS);
    }

    private static String withoutZeros(String group) {
        int from = 0;
        while (from < group.length() - 1 && group.charAt(from) == '0') {
            from++;
        }
        return group.substring(from);
    }
}
