// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.time.Duration;
import java.util.List;

/** MQTT over WebSocket. */
public record WebSocketConfig(
        @Doc("Paths of the WebSocket, compared exactly.") @Default("/mqtt")
        List<String> paths,

        @Doc("Pages that may connect, by their Origin: \"https://app.example.com\", scheme, host and port compared "
                + "exactly; \"*\" is any. Clients that send no Origin (everything but browsers) are not held by it. "
                + "Empty: no browser may connect.")
        @Default(value = "", dev = "*")
        List<String> allowedOrigins,

        @Doc("How long a socket may be silent before the server pings it, so that balancers keep it and throttled "
                + "browser tabs stay alive. 0 = never.")
        @Default("25s")
        @Between(min = "0", max = "1h")
        Duration pingInterval,

        @Doc("Addresses or networks (CIDR) of the proxies whose X-Forwarded-For is believed.") @Default("")
        List<String> trustedProxies,

        @Doc(
                "How long the HTTP upgrade may take, and over TCP too the PROXY header, where listeners.proxy-protocol asks "
                        + "for one.")
        @Default("10s")
        @Between(min = "100ms", max = "5m")
        Duration handshakeTimeout)
        implements Checked {
    /** The entry of {@link #allowedOrigins} that allows any. */
    public static final String ANY_ORIGIN = "*";

    @Override
    public void check(Complaints complaints) {
        if (paths.isEmpty()) {
            complaints.about("paths", "expected at least one path, for example /mqtt");
        }
        for (String path : paths) {
            if (!path.startsWith("/")) {
                complaints.about("paths", "expected paths that begin with /, got \"" + path + "\"");
            }
        }
        for (String origin : allowedOrigins) {
            if (!origin.equals(ANY_ORIGIN) && !origin.matches("[a-z][a-z0-9+.-]*://[^/?#*@\\s]+")) {
                complaints.about(
                        "allowed-origins",
                        "expected scheme://host[:port] without a path, for example https://app.example.com, got \""
                                + origin + "\"");
            }
        }
        for (String range : trustedProxies) {
            if (!isRange(range)) {
                complaints.about(
                        "trusted-proxies",
                        "expected addresses or networks, for example 10.0.0.7 or fd00::/8, got \"" + range + "\"");
            }
        }
    }

    private static boolean isRange(String text) {
        try {
            AddressRange.parse(text);
            return true;
        } catch (IllegalArgumentException neither) {
            return false;
        }
    }
}
