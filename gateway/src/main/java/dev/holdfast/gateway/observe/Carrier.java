// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

/** The tag {@code transport}: what carries a connection. */
public enum Carrier {
    /** MQTT over TCP. */
    TCP,
    /** MQTT over TLS. */
    TLS,
    /** MQTT over WebSocket. */
    WS,
    /** MQTT over WebSocket over TLS. */
    WSS
}
