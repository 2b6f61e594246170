// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What clients offer of permessage-deflate, RFC 7692 section 7.1. */
final class DeflateOffer {
    /** What an offer is answered with: each message is compressed for itself, in both directions. */
    static final String ACCEPTED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    private static final String NAME = "permessage-deflate";

    private DeflateOffer() {}

    /**
     * Whether one of the offers can be accepted as {@link #ACCEPTED} says.
     *
     * @param headers the values of Sec-WebSocket-Extensions
     */
    static boolean isAcceptable(List<String> headers) {
        for (String header : headers) {
            for (String offer : header.split(",")) {
                if (isAcceptable(offer.split(";"))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isAcceptable(String[] parts) {
        if (!parts[0].trim().equalsIgnoreCase(NAME)) {
            return false;
        }
        Set<String> seen = new HashSet<>();
        for (int i = 1; i < parts.length; i++) {
            int border = parts[i].indexOf('=');
            String name = (border < 0 ? parts[i] : parts[i].substring(0, border))
                    .trim()
                    .toLowerCase(Locale.ROOT);
            String value =
                    border < 0 ? "" : unquoted(parts[i].substring(border + 1).trim());
            if (!seen.add(name) || !isAcceptable(name, value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAcceptable(String name, String value) {
        return switch (name) {
            case "server_no_context_takeover", "client_no_context_takeover" -> value.isEmpty();
            case "client_max_window_bits" -> value.isEmpty() || value.matches("[89]|1[0-5]");
            default ->
                false; // server_max_window_bits too: who accepts it has to name a window, and the JDK's Deflater knows
            // one only
        };
    }

    private static String unquoted(String value) {
        boolean isQuoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return isQuoted ? value.substring(1, value.length() - 1) : value;
    }
}
