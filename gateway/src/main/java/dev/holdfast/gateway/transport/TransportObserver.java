// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.gateway.observe.Transport;

/** Who counts what happens at the sockets. Called on the I/O threads; must neither block nor allocate. */
public interface TransportObserver {

    /** Counts nothing. */
    TransportObserver NONE = new TransportObserver() {};

    /** A connection is open, TCP accepted or WebSocket upgraded. */
    default void accepted(Transport transport) {}

    /** A connection has ended. */
    default void closed(Transport transport, CloseCause cause) {}

    /** Bytes were read from a socket, framing included, TLS not. */
    default void bytesIn(Transport transport, int bytes) {}

    /** Bytes were taken by the kernel, framing included, TLS not. */
    default void bytesOut(Transport transport, long bytes) {}

    /** A frame has become so many bytes smaller by compression. */
    default void bytesSaved(Transport transport, int bytes) {}

    /**
     * A connection did not come to be.
     *
     * @param transport how it tried
     * @param kind why
     */
    default void refused(Transport transport, Refused kind) {}

    /**
     * An I/O thread has run a task of its timer.
     *
     * @param millis how much later than it was due: what every connection of that thread waited for just then
     */
    default void lag(long millis) {}
}
