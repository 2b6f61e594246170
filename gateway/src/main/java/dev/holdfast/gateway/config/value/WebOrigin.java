// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The origin of a web page (RFC 6454), with which two that mean the same are equal: the case of scheme and host and the
 * default port of the scheme do not count.
 *
 * @param scheme lower case; empty for {@link #OPAQUE}
 * @param host lower case, an IPv6 address in brackets; empty for {@code file://}
 * @param port as written or the scheme's own; 0 if it has none
 */
public record WebOrigin(String scheme, String host, int port) {
    /** {@code null}: what sandboxed pages, and many of {@code file:}, send. */
    public static final WebOrigin OPAQUE = new WebOrigin("", "", 0);

    private static final Pattern SHAPE =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(\\[[0-9A-Fa-f:.]+]|[^/?#*@:\\s\\[\\]]*)(?::([0-9]{1,5}))?");
    private static final int HIGHEST_PORT = 65_535;

    /**
     * Reads an origin as browsers write it, {@code https://app.example.com}, {@code file://} or {@code null}.
     *
     * @throws IllegalArgumentException if it is none; the message says why, as in "has no scheme"
     */
    public static WebOrigin parse(String text) {
        if (text.equals("null")) {
            return OPAQUE;
        }
        Matcher shape = SHAPE.matcher(text);
        if (!shape.matches()) {
            throw new IllegalArgumentException(objection(text));
        }
        String scheme = shape.group(1).toLowerCase(Locale.ROOT);
        String host = shape.group(2).toLowerCase(Locale.ROOT);
        int port = shape.group(3) == null ? defaultPort(scheme) : Integer.parseInt(shape.group(3));
        if (host.isEmpty() && !scheme.equals("file")) {
            throw new IllegalArgumentException("has no host");
        } else if (port > HIGHEST_PORT) {
            throw new IllegalArgumentException("has no port from 1 to 65535");
        }
        return new WebOrigin(scheme, host, port);
    }

    private static String objection(String text) {
        int authority = text.indexOf("://");
        if (authority < 0) {
            return "has no scheme";
        } else if (text.indexOf('*') >= 0) {
            return "has a wildcard in it, which is not understood; write each origin whole, or \"*\" alone for any";
        } else if (text.indexOf('/', authority + 3) >= 0) {
            return "has a path, even if it is / only, which browsers do not send";
        }
        return "has more in it than these";
    }

    private static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http", "ws" -> 80;
            case "https", "wss" -> 443;
            default -> 0;
        };
    }

    /**
     * Whether a page of this origin came from the host that a request is for.
     *
     * @param hostHeader the Host header; without a port it is that of the origin's scheme, since TLS may have ended at a
     *     proxy
     */
    public boolean isOf(String hostHeader) {
        String asked = hostHeader.toLowerCase(Locale.ROOT);
        int colon = asked.endsWith("]") ? -1 : asked.lastIndexOf(':');
        String askedHost = colon < 0 ? asked : asked.substring(0, colon);
        String askedPort = colon < 0 ? "" : asked.substring(colon + 1);
        return !host.isEmpty()
                && host.equals(askedHost)
                && port > 0
                && (askedPort.isEmpty() ? port == defaultPort(scheme) : askedPort.equals(Integer.toString(port)));
    }
}
