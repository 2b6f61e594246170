// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.SessionThread;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one client, as far as it does not matter which protocol it speaks. A protocol implements it. Called on
 * {@link #thread}, unless a method says otherwise.
 */
public interface ClientConnection {

    /** The I/O thread of the connection and of its session. Any thread. */
    SessionThread thread();

    /** The IP address of the client in its text form, without the port. Any thread. */
    String host();

    /** IP address and port of the client, for the log. Any thread. */
    String address();

    /** Address, transport and protocol version, as lifecycle events tell them. */
    ConnectedBy connectedBy();

    /** Whether the address of the client may have so many connections; else the client is to be told that it may not. */
    boolean isWithinAddressLimit();

    /** By which rates of CONNECTs the client has been counted before its CONNECT came, at its TLS handshake. */
    ConnectRates.Counted countedByRates();

    /** Takes no further input until {@link #verdictReached}: the client is being judged. */
    void awaitVerdict();

    /** Takes input again: the client has been accepted. */
    void verdictReached();

    /** A renewal of the client's token has been judged; the next one may begin ({@link Renewal}). */
    void renewalOver();

    /**
     * Ends the connection: tells the client what its protocol has words for, has the client leave, and closes.
     *
     * @param words what the client is told; null for nothing
     */
    void end(Outcome outcome, @Nullable String words);
}
