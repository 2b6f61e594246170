// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.observe.Metrics;
import java.util.List;
import java.util.Locale;

/**
 * Every way in which the connection of a client can end, or its attempt to connect be refused. Each has the code of every
 * protocol that may have to say it (MQTT 3.1.1, MQTT 5, WebSocket): a further protocol adds a column. Its name in lower case is
 * the {@code reason} tag of the metric and of the log line.
 */
public enum Outcome {
    /** The client said goodbye: DISCONNECT with 0x00. */
    NORMAL(0, 0x00, 1000, ""),
    /** The client said goodbye and wants its will published: DISCONNECT with 0x04. */
    WITH_WILL(0, 0x04, 1000, ""),
    /** The client said goodbye with another reason code. */
    CLIENT_ERROR(0, 0x00, 1000, ""),
    /** The client closed the socket without DISCONNECT. */
    PEER_CLOSED(0, 0x00, 1000, ""),
    /** The socket broke. */
    IO_ERROR(0, 0x00, 1000, ""),
    /** The client broke WebSocket's framing; the transport has told it. */
    WEBSOCKET_VIOLATION(0, 0x00, 1002, ""),
    /** What should be a record of TLS is none, or would begin a new handshake; or the client ended TLS with an alert. */
    TLS_VIOLATION(0, 0x00, 1000, ""),
    /** The bytes are not MQTT. */
    MALFORMED_PACKET(0, 0x81, 1002, "malformed packet"),
    /** A packet that is not legal here. */
    PROTOCOL_ERROR(0, 0x82, 1002, "protocol error"),
    /** An acknowledgement that does not belong to the QoS of its message, or comes before its turn. */
    WRONG_ACKNOWLEDGEMENT(0, 0x82, 1002, "acknowledgement does not fit the message"),
    /** The first packet was not a CONNECT. */
    NOT_A_CONNECT(0, 0x82, 1002, "the first packet must be CONNECT"),
    /** A protocol name or level this server does not speak [MQTT-3.1.2-2]. */
    UNSUPPORTED_PROTOCOL_VERSION(0x01, 0x84, 1002, "unsupported protocol version"),
    /** A client identifier that is too long, or empty where it must not be [MQTT-3.1.3-8]. */
    CLIENT_IDENTIFIER_NOT_VALID(0x02, 0x85, 1008, "client identifier not valid"),
    /** User name, password or token did not convince. */
    BAD_CREDENTIALS(0x04, 0x86, 1008, "bad user name or password"),
    /** Known, and not allowed. */
    NOT_AUTHORIZED(0x05, 0x87, 1008, "not authorized"),
    /** The token of a connected client has expired. */
    TOKEN_EXPIRED(0, 0x87, 1008, "token expired"),
    /** The token of a connected client has been revoked. */
    TOKEN_REVOKED(0, 0x87, 1008, "token revoked"),
    /** Nobody can judge or keep a session now. */
    SERVER_UNAVAILABLE(0x03, 0x88, 1013, "server unavailable"),
    /** What was asked cannot be done now: too much long work waits, or a renewal cannot be judged. */
    SERVER_BUSY(0x03, 0x89, 1013, "server busy"),
    /** The client identifier has been taken over too often in a short time. */
    TAKEOVER_STORM(0x03, 0x97, 1013, "this client identifier is used by several clients"),
    /** More connections than this gateway takes, from everywhere or from one address. */
    CONNECTION_LIMIT(0x03, 0x97, 1013, "too many connections"),
    /** More kept sessions than one principal may have. */
    SESSION_LIMIT(0x03, 0x97, 1013, "too many sessions"),
    /** There is no memory for another session, or for its will. */
    MEMORY_LIMIT(0x03, 0x97, 1013, "no memory for another session now"),
    /** CONNECTs come faster than this gateway takes them, from everywhere or from one address. */
    CONNECT_RATE(0x03, 0x9F, 1013, "connection rate exceeded"),
    /** Too many bad credentials have come from this address lately. */
    FAILED_LOGIN_RATE(0x03, 0x9F, 1013, "too many failed logins"),
    /** The store failed while something waited for it. */
    STORE_UNAVAILABLE(0x03, 0x83, 1013, "session store unavailable"),
    /** The store has lost the session: whoever comes back finds none. */
    SESSION_LOST(0, 0x83, 1013, "session lost"),
    /** The gateway is going down. */
    SERVER_SHUTTING_DOWN(0x03, 0x8B, 1001, "server shutting down"),
    /** The gateway is going down, and says where to go. */
    USE_ANOTHER_SERVER(0x03, 0x9C, 1001, "use another server"),
    /** Another gateway has fewer clients: this one is to come back there. */
    SERVER_MOVED(0, 0x9D, 1001, "server moved"),
    /** An Authentication Method nobody here knows [MQTT-4.12.0-1]. */
    BAD_AUTHENTICATION_METHOD(0x05, 0x8C, 1008, "bad authentication method"),
    /** Nothing came for one and a half keep alive intervals [MQTT-3.1.2-22]. */
    KEEP_ALIVE_TIMEOUT(0, 0x8D, 1008, "keep alive timeout"),
    /** No CONNECT came in time. */
    CONNECT_TIMEOUT(0, 0x8D, 1008, "no CONNECT in time"),
    /** A later connection has the same client identifier [MQTT-3.1.4-3]. */
    SESSION_TAKEN_OVER(0, 0x8E, 1008, "session taken over"),
    /** A topic filter that is not well-formed. */
    TOPIC_FILTER_INVALID(0, 0x8F, 1008, "topic filter invalid"),
    /** A topic name that is not well-formed, or too long or deep. */
    TOPIC_NAME_INVALID(0x05, 0x90, 1008, "topic name invalid"),
    /** More unacknowledged messages than the server's Receive Maximum. */
    RECEIVE_MAXIMUM_EXCEEDED(0, 0x93, 1008, "receive maximum exceeded"),
    /** A Topic Alias of 0 or above the maximum [MQTT-3.3.2-9]. */
    TOPIC_ALIAS_INVALID(0, 0x94, 1008, "topic alias invalid"),
    /** A packet larger than the server takes [MQTT-3.2.2-15]. */
    PACKET_TOO_LARGE(0, 0x95, 1009, "packet too large"),
    /** A limit of this server. */
    QUOTA_EXCEEDED(0, 0x97, 1008, "quota exceeded"),
    /** An operator ended the session. */
    ADMINISTRATIVE_ACTION(0, 0x98, 1008, "administrative action"),
    /** An operator closed it; the session stays. */
    DISCONNECTED_BY_OPERATOR(0, 0x98, 1008, "disconnected by an operator"),
    /** The payload is not what its format indicator says. */
    PAYLOAD_FORMAT_INVALID(0, 0x99, 1008, "payload format invalid"),
    /** The client reads too slowly for what is sent to it. */
    SLOW_CONSUMER(0, 0x97, 1008, "too slow"),
    /** Too much has been sent to this gateway that is no whole packet, and most of it by this client. */
    OUT_OF_ROOM(0, 0x97, 1013, "no room for this packet now"),
    /** A fault of this program. */
    INTERNAL_ERROR(0x03, 0x80, 1011, "internal error");

    private final int v3Connack;
    private final int v5Code;
    private final int webSocketCode;
    private final String reason;
    private final String tag;

    Outcome(int v3Connack, int v5Code, int webSocketCode, String reason) {
        this.v3Connack = v3Connack;
        this.v5Code = v5Code;
        this.webSocketCode = webSocketCode;
        this.reason = reason;
        this.tag = name().toLowerCase(Locale.ROOT);
    }

    /** The CONNACK return code of MQTT 3.1.1, or 0 where only closing the connection is foreseen. */
    public int v3Connack() {
        return v3Connack;
    }

    /** Has every outcome counted from 0 on. */
    static void countedBy(Metrics metrics) {
        metrics.expectConnects(List.of("accepted"));
        for (Outcome each : values()) {
            if (each.isByServer() && each.answersConnect()) {
                metrics.expectConnects(List.of(each.tag));
            }
            metrics.expectDisconnects(List.of(each.tag), each.isByServer());
        }
    }

    /** Whether the gateway ended it, and not the client or the network. */
    public boolean isByServer() {
        return v5Code >= 0x80 || this == WEBSOCKET_VIOLATION;
    }

    /** Whether the cause goes away without the client: the same CONNECT may succeed a little later. */
    public boolean isPassing() {
        return switch (this) {
            case SERVER_UNAVAILABLE,
                    SERVER_BUSY,
                    TAKEOVER_STORM,
                    CONNECTION_LIMIT,
                    MEMORY_LIMIT,
                    CONNECT_RATE,
                    FAILED_LOGIN_RATE,
                    STORE_UNAVAILABLE,
                    SERVER_SHUTTING_DOWN,
                    USE_ANOTHER_SERVER,
                    SERVER_MOVED,
                    OUT_OF_ROOM,
                    INTERNAL_ERROR -> true;
            default -> false;
        };
    }

    /** Whether it can be the answer to a CONNECT that could not even be judged. */
    public boolean answersConnect() {
        return v5Code >= 0x80 && this != NOT_A_CONNECT && this != CONNECT_TIMEOUT && this != OUT_OF_ROOM;
    }

    /** The reason code of MQTT 5, in CONNACK before and in DISCONNECT after the connection is accepted. */
    public int v5Code() {
        return v5Code;
    }

    /** The close code of RFC 6455. */
    public int webSocketCode() {
        return webSocketCode;
    }

    /** What the client is told in words: Reason String and WebSocket close reason. */
    public String reason() {
        return reason;
    }

    /** The tag of the metric and of the log. */
    public String tag() {
        return tag;
    }

    /** The reason of a lifecycle event: as users of EMQX know it where they do, else as the tag. */
    public String event() {
        return switch (this) {
            case WITH_WILL -> "disconnect_with_will_message";
            case PEER_CLOSED -> "tcp_closed";
            case IO_ERROR -> "tcp_error";
            case KEEP_ALIVE_TIMEOUT -> "keepalive_timeout";
            case TOKEN_EXPIRED, TOKEN_REVOKED -> "not_authorized";
            case SESSION_TAKEN_OVER -> "takenover";
            case ADMINISTRATIVE_ACTION, DISCONNECTED_BY_OPERATOR -> "kicked";
            default -> tag;
        };
    }
}
