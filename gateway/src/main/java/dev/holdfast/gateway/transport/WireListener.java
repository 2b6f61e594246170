// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

/**
 * What a connection tells the one who owns it, on its loop. An exception from any of these is logged and closes that
 * connection, with {@link CloseCause#LISTENER_FAILED}, and no other.
 */
public interface WireListener {

    /** Bytes came. The buffer belongs to the loop: it holds something else after the return. */
    void received(byte[] buffer, int offset, int length);

    /** Pending output has fallen to 0 after the kernel had refused some. */
    void drained();

    /** The socket is closed. Called once, as a task of its own, never from within a call of the listener's. */
    void closed(CloseCause cause);

    /**
     * There is no room for what this connection keeps ({@link Wire#keeps}): it has to let go of it and to end. A wire
     * that is still open afterwards is aborted.
     */
    default void outOfRoom() {}

    /**
     * Whether the listener ends this connection by itself when its peer is silent for too long. Then the wire does not, so
     * that nobody has to answer a WebSocket ping who keeps what was agreed upon otherwise.
     */
    default boolean endsSilence() {
        return false;
    }

    /** About once a {@link TransportSettings#sweepPeriod()}; where keep-alive and other deadlines are looked at. */
    void tick();
}
