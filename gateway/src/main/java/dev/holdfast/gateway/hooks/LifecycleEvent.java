// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that has become of a connection or a session, with the names that users of EMQX know. No event holds a
 * token, a password or a payload.
 *
 * <p>A connection is told of by {@link ClientConnected} and, once, by {@link ClientDisconnected}; a session by
 * {@link SessionCreated} or {@link SessionResumed} for each connection, and at its end by {@link SessionDiscarded} or
 * {@link SessionTerminated}. Further kinds may be added: write {@code default} where you switch.
 */
public sealed interface LifecycleEvent {
    /** What and whom it is about. */
    Subject subject();

    /** Its name: {@code client.connected} and so on. */
    String name();

    /** The client identifier. */
    default String clientId() {
        return subject().clientId();
    }

    /** Which connection of the client identifier it is about, or the last one of its session; see {@link Subject}. */
    default long epoch() {
        return subject().epoch();
    }

    /**
     * What and whom an event is about.
     *
     * @param clientId the client identifier
     * @param principal whose the session is: issuer and subject of the token; empty for anonymous clients
     * @param gateway the gateway of the connection; for a session that was offline, the one that tells
     * @param epoch grows at every connection of a client identifier, over all gateways
     * @param at when this gateway learned of it, by its own clock
     */
    record Subject(String clientId, String principal, String gateway, long epoch, Instant at) {}

    /**
     * How a client is connected.
     *
     * @param peer address and port of the client, {@code 10.0.0.1:5678}
     * @param transport {@code tcp}, {@code tls}, {@code ws} or {@code wss}
     * @param protocol the MQTT version: {@code 3.1}, {@code 3.1.1} or {@code 5.0}
     */
    record ConnectionInfo(String peer, String transport, String protocol) {}

    /**
     * A client has been authenticated and has got its session.
     *
     * @param connection how it is connected
     * @param cleanStart whether it wanted to begin anew (MQTT 3: clean session)
     * @param expiry how long its session is to outlive the connection; zero ends it with the connection
     * @param sessionPresent whether a session was resumed
     */
    record ClientConnected(
            Subject subject, ConnectionInfo connection, boolean cleanStart, Duration expiry, boolean sessionPresent)
            implements LifecycleEvent {
        @Override
        public String name() {
            return "client.connected";
        }
    }

    /**
     * A connection has gone.
     *
     * @param connection how it was connected; null where the end is told by whoever has caused it, or has found it, and not by the
     *     connection itself, at whichever gateway that was: with {@code outcome} {@code session_taken_over}, {@code gateway_lost}
     *     and, where an operator has ended the session, {@code administrative_action}
     * @param reason {@code normal}, {@code tcp_closed}, {@code keepalive_timeout}, {@code not_authorized},
     *     {@code takenover}, {@code discarded}, {@code kicked}, {@code gateway_lost} ...; else as {@code outcome}
     * @param outcome as the metric {@code mqtt_gateway_disconnects} names it: {@code token_expired} ...
     */
    record ClientDisconnected(Subject subject, @Nullable ConnectionInfo connection, String reason, String outcome)
            implements LifecycleEvent {
        @Override
        public String name() {
            return "client.disconnected";
        }
    }

    /** A session has begun. */
    record SessionCreated(Subject subject) implements LifecycleEvent {
        @Override
        public String name() {
            return "session.created";
        }
    }

    /** A kept session goes on with a new connection. */
    record SessionResumed(Subject subject) implements LifecycleEvent {
        @Override
        public String name() {
            return "session.resumed";
        }
    }

    /** A later connection has the session of this one, which goes on. */
    record SessionTakenOver(Subject subject) implements LifecycleEvent {
        @Override
        public String name() {
            return "session.takenover";
        }
    }

    /** A session has ended since a later connection has begun another one in its place. */
    record SessionDiscarded(Subject subject) implements LifecycleEvent {
        @Override
        public String name() {
            return "session.discarded";
        }
    }

    /**
     * A session has ended.
     *
     * @param reason {@code expired}, {@code kicked}, or why its connection ended if it was not to outlive that
     */
    record SessionTerminated(Subject subject, String reason) implements LifecycleEvent {
        @Override
        public String name() {
            return "session.terminated";
        }
    }
}
