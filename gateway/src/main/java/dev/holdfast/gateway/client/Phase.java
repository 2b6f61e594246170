// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where the connection of a client stands in its life, and what may come next. */
public enum Phase {
    /** The connection is open; the client has not asked to be let in. */
    AWAITING_CONNECT,
    /** The client has asked; the verdict or the session has not come. Nothing is read. */
    AUTHENTICATING,
    /** The client has been accepted and answered. */
    CONNECTED,
    /** A new token is being judged; everything else goes on. */
    REAUTHENTICATING,
    /** The end has been decided; what is still read is ignored. */
    CLOSING,
    /** The socket has gone. */
    CLOSED;

    private static final Map<Phase, Set<Phase>> NEXT = new EnumMap<>(Map.of(
            AWAITING_CONNECT, EnumSet.of(AUTHENTICATING, CLOSING, CLOSED),
            AUTHENTICATING, EnumSet.of(CONNECTED, CLOSING, CLOSED),
            CONNECTED, EnumSet.of(REAUTHENTICATING, CLOSING, CLOSED),
            REAUTHENTICATING, EnumSet.of(CONNECTED, CLOSING, CLOSED),
            CLOSING, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(Phase.class)));

    boolean mayBecome(Phase next) {
        return successors().contains(next);
    }

    private Set<Phase> successors() {
        Set<Phase> next = NEXT.get(this);
        return next == null ? Set.of() : next;
    }
}
