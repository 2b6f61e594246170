// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

/**
 * Why a connection leaves its session, as listeners of lifecycle events are told.
 *
 * @param principal the principal whose session it is
 * @param connection how the client was connected
 * @param reason as EMQX names it: {@code normal}, {@code tcp_closed}, {@code keepalive_timeout} ...
 * @param outcome as the log and the metric {@code disconnects} name it
 */
public record Leaving(String principal, ConnectedBy connection, String reason, String outcome) {
    /** The outcome of a connection whose session the store has lost. */
    public static final String SESSION_LOST = "session_lost";

    /** Whether the session has ended because the store has lost it. */
    public boolean isSessionLost() {
        return SESSION_LOST.equals(outcome);
    }
}
