// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/**
 * Why a connection leaves its session, for who listens.
 *
 * @param principal whose the session is
 * @param link how the client was connected
 * @param reason as users of EMQX know it: {@code normal}, {@code tcp_closed}, {@code keepalive_timeout} ...
 * @param outcome as the log and the metric {@code disconnects} name it
 */
public record Leaving(String principal, Link link, String reason, String outcome) {
    /** The outcome of a connection whose session the store has lost. */
    public static final String SESSION_LOST = "session_lost";

    /** Whether the session has ended because the store has lost it. */
    boolean isSessionLost() {
        return SESSION_LOST.equals(outcome);
    }
}
