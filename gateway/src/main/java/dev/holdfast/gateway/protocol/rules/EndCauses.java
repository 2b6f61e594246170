// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol.rules;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.transport.CloseCause;

/** Which {@link Outcome} a refused packet and a closed socket have. Pure. */
public final class EndCauses {
    private EndCauses() {}

    /** The outcome of a packet that could not be taken. */
    public static Outcome of(MalformedPacketException.Kind kind) {
        return switch (kind) {
            case MALFORMED -> Outcome.MALFORMED_PACKET;
            case PROTOCOL_ERROR -> Outcome.PROTOCOL_ERROR;
            case NOT_A_CONNECT -> Outcome.NOT_A_CONNECT;
            case UNSUPPORTED_PROTOCOL_VERSION -> Outcome.UNSUPPORTED_PROTOCOL_VERSION;
            case CLIENT_IDENTIFIER_NOT_VALID -> Outcome.CLIENT_IDENTIFIER_NOT_VALID;
            case TOPIC_FILTER_INVALID -> Outcome.TOPIC_FILTER_INVALID;
            case TOPIC_NAME_INVALID -> Outcome.TOPIC_NAME_INVALID;
            case TOPIC_ALIAS_INVALID -> Outcome.TOPIC_ALIAS_INVALID;
            case PACKET_TOO_LARGE -> Outcome.PACKET_TOO_LARGE;
            case QUOTA_EXCEEDED -> Outcome.QUOTA_EXCEEDED;
            case PAYLOAD_FORMAT_INVALID -> Outcome.PAYLOAD_FORMAT_INVALID;
        };
    }

    /** The outcome of a connection that ended in the transport. */
    public static Outcome of(CloseCause cause) {
        return switch (cause) {
            case PEER_CLOSED, WE_CLOSED -> Outcome.PEER_CLOSED;
            case IO_ERROR -> Outcome.IO_ERROR;
            case PROTOCOL_VIOLATION -> Outcome.WEBSOCKET_VIOLATION;
            case TLS_VIOLATION -> Outcome.TLS_VIOLATION;
            case SLOW -> Outcome.SLOW_CONSUMER;
            case OUT_OF_ROOM -> Outcome.OUT_OF_ROOM;
            case IDLE -> Outcome.KEEP_ALIVE_TIMEOUT;
            case LISTENER_FAILED -> Outcome.INTERNAL_ERROR;
            case SHUTDOWN -> Outcome.SERVER_SHUTTING_DOWN;
        };
    }
}
