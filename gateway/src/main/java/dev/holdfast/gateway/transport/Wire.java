// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.store.Message;

/**
 * A connection as bytes out. Every method is to be called on the wire's loop. After the wire has closed or begun to
 * close, writing does nothing.
 */
public interface Wire {

    /** The loop this wire lives on, from its first byte to its last. */
    Loop loop();

    /** Who is at the other end. */
    Peer peer();

    /**
     * Appends bytes, copying them; at least one. They leave at the end of the turn, together with all that was appended in
     * it. Over WebSocket the bytes of one call are one binary frame: Paho for C looks for one packet in each, and reads a
     * further one only when something else comes.
     */
    void write(byte[] bytes, int offset, int length);

    /**
     * Appends a packet that ends with the payload of a message, as one frame, like {@link #write(byte[], int, int)}. A payload that is
     * long, or that has to wait for the peer, is not copied: it is in memory once, however many wires it waits at, and charged once.
     *
     * @param packet what stands before the payload, or the packet as a whole
     * @param headLength the length of what stands before the payload
     */
    void write(byte[] packet, int headLength, Message message);

    /** The bytes that were appended, with their framing, and not yet taken by the kernel. */
    int pendingBytes();

    /** Whether the wire takes bytes: false from the first close or abort on. */
    boolean isOpen();

    /**
     * Stops reading from the socket. What was read already, at most one read buffer (64 KiB), may still be handed to
     * the listener. While paused the end of the stream is not noticed either.
     */
    void pauseReading();

    /** Goes on reading. The time of the pause does not count as silence of the peer. */
    void resumeReading();

    /**
     * Sends what is pending, within {@link TransportSettings#closePatience()}, then closes; over WebSocket with a close
     * frame. Nothing is handed to the listener from now on but {@link WireListener#closed}, when the socket is closed.
     */
    void close(CloseCode code);

    /** Closes at once, dropping what is pending; with a reset where the platform can. */
    void abort();

    /**
     * Tells how many bytes the listener keeps of input that is no whole packet yet, and of messages that are not released. All connections together may keep
     * so much; beyond it those that keep most hear {@link WireListener#outOfRoom}, perhaps this one, within this call.
     *
     * @param unreleased what others charge to the account
     */
    void keeps(int unfinished, int unreleased);

    /** Tells that the first packet has come whole: the connection counts as a stranger's no more. */
    void introduced();

    /** Whether the address it comes from may have so many connections; else it came in to be told that it may not. */
    boolean isWithinAddressLimit();

    /** By which rates of CONNECTs the connection has been counted, at its TLS handshake. */
    ConnectRates.Counted countedByRates();

    /** The loop's {@link Loop#tickSeconds()} at which anything, be it a pong, was last read. */
    long lastReadTick();

    /** When anything, be it a pong, was last read, in the loop's {@link Loop#elapsedMillis()}. */
    long lastReadMillis();
}
