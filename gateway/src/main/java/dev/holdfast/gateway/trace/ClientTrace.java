// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.trace;

import org.jspecify.annotations.Nullable;

/**
 * The trace of one connection. Only the connection's thread.
 *
 * <p>What is told are names, numbers, reason codes, client identifiers and topics: never a payload, a password or a token.
 */
public final class ClientTrace {
    private final Traces traces;
    private final Trace trace;
    private final String clientId;
    private final String peer;

    ClientTrace(Traces traces, Trace trace, String clientId, String peer) {
        this.traces = traces;
        this.trace = trace;
        this.clientId = clientId;
        this.peer = peer;
    }

    /** Whether it has ended. */
    public boolean isOver() {
        return !traces.isOn(trace);
    }

    /**
     * Tells of something that has happened. Returns at once; the line is written by another thread.
     *
     * @param event what, in the words of MQTT
     * @param details names, each with its value behind it; a null is left out
     */
    public void tell(String event, @Nullable Object... details) {
        if (!isOver()) {
            traces.tell(new Event(trace, clientId, peer, event, details));
        }
    }

    /** Something that has happened to a client. */
    record Event(
            Trace trace,
            String clientId,
            String peer,
            String what,
            @Nullable Object[] details) {}
}
