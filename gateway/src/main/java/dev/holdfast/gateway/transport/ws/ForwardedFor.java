// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.config.value.AddressRange;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** For whom proxies say that they ask, in all forms that they write. */
final class ForwardedFor {
    private static final String FOR = "for=";

    private ForwardedFor() {}

    /** The entries of X-Forwarded-For headers, in their order. */
    static List<String> hops(List<String> headers) {
        List<String> hops = new ArrayList<>();
        headers.forEach(header -> hops.addAll(split(header, ',')));
        hops.removeIf(String::isEmpty); // RFC 9110 section 5.6.1.2
        return hops;
    }

    /** The {@code for} of each element of Forwarded headers (RFC 7239 section 4), in their order; empty where there is none. */
    static List<String> forwardedHops(List<String> headers) {
        List<String> hops = new ArrayList<>();
        for (String header : headers) {
            for (String element : split(header, ',')) {
                String hop = "";
                for (String pair : split(element, ';')) {
                    if (pair.regionMatches(true, 0, FOR, 0, FOR.length())) {
                        hop = pair.substring(FOR.length());
                    }
                }
                hops.add(hop);
            }
        }
        return hops;
    }

    /**
     * The address of an entry: {@code 192.0.2.1}, {@code 192.0.2.1:4711}, {@code 2001:db8::1}, {@code [2001:db8::1]},
     * {@code [2001:db8::1]:4711}, each perhaps in quotation marks; null for anything else, as {@code unknown}. Never asks
     * a name server.
     */
    static @Nullable InetAddress address(String entry) {
        String text = entry.strip();
        if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
            text = text.substring(1, text.length() - 1).strip();
        }
        int colon = text.indexOf(':');
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0 || !isPortOrNothing(text.substring(end + 1))) {
                return null;
            }
            text = text.substring(1, end);
        } else if (colon >= 0 && colon == text.lastIndexOf(':')) {
            if (!isPortOrNothing(text.substring(colon))) {
                return null;
            }
            text = text.substring(0, colon);
        }
        int zone = text.indexOf('%');
        return AddressRange.literal(zone < 0 ? text : text.substring(0, zone));
    }

    private static boolean isPortOrNothing(String text) {
        return text.isEmpty() || text.matches(":[0-9]{1,5}");
    }

    /** The parts between separators that are not within quotation marks, stripped. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean isQuoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == separator && !isQuoted) {
                parts.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        parts.add(text.substring(from).strip());
        return parts;
    }
}
