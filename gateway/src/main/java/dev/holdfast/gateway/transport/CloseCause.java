// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.util.Locale;

/** Why a connection ended. */
public enum CloseCause {
    /** The other end closed, in order. */
    PEER_CLOSED,
    /** Reset, or another failure of the socket. */
    IO_ERROR,
    /** {@link Wire#close} or {@link Wire#abort}. */
    WE_CLOSED,
    /** The peer broke the framing rules of WebSocket. */
    PROTOCOL_VIOLATION,
    /** The peer broke the rules of TLS, or ended it with an alert. */
    TLS_VIOLATION,
    /** The peer did not read: too much was pending, or nothing moved for too long. */
    SLOW,
    /** The peer did not answer WebSocket pings, and has no keep alive of its own. */
    IDLE,
    /** There was no room for what it had sent of a packet that was not whole. */
    OUT_OF_ROOM,
    /** The listener threw. */
    LISTENER_FAILED,
    /** The process is going down. */
    SHUTDOWN;

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** The cause as a metric tag. */
    public String tag() {
        return tag;
    }
}
