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

    /** What an idle connection costs with all that belongs to it, and what TLS and WebSocket add. */
    private static final int CONNECTION_BYTES = 2 * 1024;

    private static final int TLS_BYTES = 5 * 1024;
    private static final int WEB_SOCKET_BYTES = 256;

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

    /** What an idle connection costs in memory once its handshakes are over, the objects of its client included. */
    int connectionBytes() {
        return CONNECTION_BYTES + (isSecure ? TLS_BYTES : 0) + (isWebSocket() ? WEB_SOCKET_BYTES : 0);
    }

    /** The transport as a metric tag. */
    public String tag() {
        return tag;
    }
}
