// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.AddressRange;
import dev.holdfast.gateway.config.value.ForwardedHeader;
import dev.holdfast.gateway.config.value.WebOrigin;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** MQTT over WebSocket. */
public record WebSocketConfig(
        @Doc("Paths of the WebSocket, compared exactly.") @Default("/mqtt")
        List<String> paths,

        @Doc(
                "Pages that may connect, by their Origin: \"https://app.example.com\", scheme, host and port; \"file://\", "
                        + "\"null\" (in quotation marks) for sandboxed pages; \"*\" is any. Who sends no Origin may connect, and who "
                        + "sends the host and port that it asks, as some clients do that are no browsers. Empty: no page of another "
                        + "host may connect.")
        @Default(value = "", dev = "*")
        List<String> allowedOrigins,

        @Doc("How long a socket may be silent before the server pings it, so that balancers keep it and throttled "
                + "browser tabs stay alive; clients that a ping would end are sent an empty frame. 0 = never.")
        @Default("25s")
        @Between(min = "0", max = "1h")
        Duration pingInterval,

        @Doc("Addresses or networks (CIDR) of the proxies whose X-Forwarded-For or Forwarded is believed.") @Default("")
        List<String> trustedProxies,

        @Doc(
                "The header in which they say for whom they ask. auto: X-Forwarded-For where a request has it, else Forwarded "
                        + "(RFC 7239). Name the one that your proxy writes if it passes the other on as a client has sent it.")
        @Default("auto")
        ForwardedHeader forwardedHeader,

        @Doc(
                "Path on the WebSocket port at which balancers may ask whether this gateway is ready: GET or HEAD is answered "
                        + "200 or 503, as /readyz of the internal listener. Empty: none.")
        @Default("/healthz")
        String healthPath,

        @Doc(
                "Whether messages are compressed (permessage-deflate, RFC 7692) with clients that offer it, as browsers do. Each message for "
                        + "itself, so that one of QoS 0 is compressed once for all its subscribers. Longer texts gain more than short ones; "
                        + "the I/O threads have the work.")
        @Default("false")
        boolean compression,

        @Doc("How long the HTTP upgrade may take, and over TCP too the PROXY header, where a setting asks "
                + "for one, and the first record of TLS.")
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
        if (!healthPath.isEmpty() && (!healthPath.startsWith("/") || paths.contains(healthPath))) {
            complaints.about(
                    "health-path",
                    "expected a path that begins with / and is none of websocket.paths, got \"" + healthPath + "\"");
        }
        for (String origin : allowedOrigins) {
            String objection = origin.equals(ANY_ORIGIN) ? null : objection(origin);
            if (objection != null) {
                complaints.about(
                        "allowed-origins",
                        "expected scheme://host[:port], for example https://app.example.com, or file:// or null; got \""
                                + origin + "\", which " + objection);
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

    private static @Nullable String objection(String origin) {
        try {
            WebOrigin.parse(origin);
            return null;
        } catch (IllegalArgumentException none) {
            return none.getMessage();
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
