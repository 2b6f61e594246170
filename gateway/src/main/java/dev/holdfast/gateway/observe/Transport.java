// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.util.Locale;

/** How a connection came. */
public enum Transport {
    /** MQTT over TCP. */
    TCP(false),
    /** MQTT over TLS. */
    TLS(true),
    /** MQTT over WebSocket. */
    WS(false),
    /** MQTT over WebSocket over TLS. */
    WSS(true);

    private final boolean isSecure;
    private final String tag = name().toLowerCase(Locale.ROOT);

    Transport(boolean isSecure) {
        this.isSecure = isSecure;
    }

    /** Whether the connection is encrypted here. */
    public boolean isSecure() {
        return isSecure;
    }

    /** Whether a WebSocket carries it. */
    public boolean isWebSocket() {
        return this == WS || this == WSS;
    }

    /** The transport as a metric tag. */
    public String tag() {
        return tag;
    }
}
