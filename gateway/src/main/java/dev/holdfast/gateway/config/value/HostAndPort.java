// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place that others can connect to.
 *
 * @param host a name or an address, an IPv6 one without brackets
 * @param port 1 to 65535, or 0 if none is given
 */
public record HostAndPort(String host, int port) {
    private static final Pattern SHAPE =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^:/\\[\\]\\s]+))(?::([1-9][0-9]{0,4}))?");
    private static final int HIGHEST_PORT = 65_535;

    /** Reads {@code host}, {@code host:port} or {@code [address]:port}; null if it is none of them. */
    public static @Nullable HostAndPort of(String text) {
        Matcher shape = SHAPE.matcher(text);
        if (!shape.matches()) {
            return null;
        }
        int port = shape.group(3) == null ? 0 : Integer.parseInt(shape.group(3));
        return port > HIGHEST_PORT
                ? null
                : new HostAndPort(shape.group(1) == null ? shape.group(2) : shape.group(1), port);
    }
}
