// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

import java.util.Locale;

/** The tag {@code kind} of what a limit or a rule has refused, slowed or cut off: the whole set, each counted from 0 on. */
public enum Refused {
    // CONNECT
    /** A client identifier is too long. */
    CLIENT_ID,
    /** A will is larger than {@code limits.max-will-bytes}. */
    WILL_BYTES,
    /** A packet has more user properties than {@code limits.max-user-properties}, or longer ones. */
    USER_PROPERTIES,
    /** Too many connections. */
    MAX_CONNECTIONS,
    /** Too many connections from one address. */
    MAX_CONNECTIONS_PER_ADDRESS,
    /** CONNECTs come too fast: waits, or is refused. */
    CONNECT_RATE,
    /** CONNECTs come too fast from one address: waits, or is refused. */
    CONNECT_RATE_PER_ADDRESS,
    /** Too many bad credentials have come from this address. */
    FAILED_LOGIN_RATE,
    /** A client identifier is taken over too often: waits, or is refused. */
    TAKEOVER_RATE,
    /** A principal has too many kept sessions. */
    SESSIONS_PER_PRINCIPAL,
    /** A principal whose client identifiers may be somebody else's has too many kept sessions. */
    UNBOUND_SESSIONS_PER_PRINCIPAL,
    /** The gateway lets nobody in any more. */
    DRAINING,

    // connected clients
    /** A client sends too fast, and is read slower. */
    RATE,
    /** A client does not read, and is not read either. */
    PENDING_OUTPUT,
    /** What clients that are gone had sent is too much to be dealt with. */
    LATE_INPUT,
    /** A SUBSCRIBE has too many filters. */
    FILTERS_PER_SUBSCRIBE,
    /** A session, or a shared subscription, has too many subscriptions. */
    SUBSCRIPTIONS,
    /** A retained message is too large, or one too many. */
    RETAINED,
    /** A SUBSCRIBE is answered with too many retained messages. */
    RETAINED_PER_SUBSCRIBE,
    /** Too many messages wait that take long to distribute. */
    LONG_WORK,

    // memory
    /** No room for connections without a whole first packet. */
    UNFINISHED_CONNECT,
    /** No room for packets that are not whole. */
    UNFINISHED_PACKET,
    /** No room of this kind. */
    MEMORY_STRANGERS,
    /** No room of this kind. */
    MEMORY_UNFINISHED_INPUT,
    /** No room of this kind. */
    MEMORY_SESSIONS,
    /** No room of this kind. */
    MEMORY_OUTPUT,
    /** No room of this kind. */
    MEMORY_QOS2_HELD,
    /** No room of this kind. */
    MEMORY_QUEUES,
    /** No room of this kind. */
    MEMORY_RETAINED,
    /** No room of this kind. */
    MEMORY_WILLS,
    /** No room of this kind. */
    MEMORY_SUBSCRIPTIONS,
    /** A client fills queues while memory is short, and is read slower. */
    MEMORY_PUBLISH,

    // before MQTT
    /** Something else came than the header of the PROXY protocol, or it did not come in time. */
    PROXY_HEADER,
    /** A TLS handshake would be one too many: waits, or is refused. */
    TLS_RATE,
    /** A TLS handshake would be one too many of its address: waits, or is refused. */
    TLS_RATE_PER_ADDRESS,
    /** Something else came where TLS is spoken. */
    TLS_NONE,
    /** A ClientHello is too long. */
    TLS_TOO_LARGE,
    /** A TLS handshake has begun, and the connection has ended, or its time was over, before it was whole. */
    TLS_UNFINISHED,
    /** A client shows no certificate where one is needed, or a bad one. */
    TLS_CLIENT_CERTIFICATE,
    /** A client ended the handshake with an alert; mostly it does not believe our certificate. */
    TLS_ALERT,
    /** A TLS handshake has failed for another reason: no version or no suite that both speak, or a message that is none. */
    TLS_FAILED,
    /** A record of an open connection is none, or would begin a new handshake. */
    TLS_VIOLATION,
    /** A connection to the WebSocket port ended without a request that could be answered. */
    HANDSHAKE,
    /** Headers of an upgrade are too long. */
    HEADER_TOO_LONG,
    /** No WebSocket at this path. */
    PATH,
    /** An upgrade that is no GET. */
    METHOD,
    /** A plain HTTP request. */
    NOT_AN_UPGRADE,
    /** Another version of WebSocket. */
    VERSION,
    /** No {@code Sec-WebSocket-Key} of 16 bytes. */
    KEY,
    /** An upgrade with a body. */
    BODY,
    /** Neither {@code mqtt} nor {@code mqttv3.1} was offered. */
    SUBPROTOCOL,
    /** An upgrade with two Authorization headers. */
    AUTHORIZATION,
    /** A page of somebody else's. */
    ORIGIN,

    // other gateways
    /** A gateway comes while this one has not joined. */
    LINK_CLOSED,
    /** Too many that have not proved that they belong. */
    LINK_BUSY,
    /** No proof in time. */
    LINK_TIMEOUT,
    /** The first bytes are not those of a gateway. */
    LINK_GREETING,
    /** Whoever came does not belong. */
    LINK_PROOF,
    /** What a gateway sends cannot be read. */
    LINK_FRAME,

    // the internal listener
    /** It is asked by a name that is not in {@code listeners.admin-names}. */
    ADMIN_HOST,

    // the REST API
    /** 400. */
    API_BAD_REQUEST,
    /** 401. */
    API_UNAUTHORIZED,
    /** 403. */
    API_FORBIDDEN,
    /** 404. */
    API_NOT_FOUND,
    /** 405. */
    API_METHOD_NOT_ALLOWED,
    /** 409. */
    API_CONFLICT,
    /** 413. */
    API_TOO_LARGE,
    /** 415. */
    API_UNSUPPORTED_MEDIA_TYPE,
    /** 422. */
    API_UNPROCESSABLE,
    /** 503. */
    API_STORE_AWAY,
    /** 504. */
    API_TIMEOUT,
    /** 500. */
    API_BUG;

    private final String tag = name().toLowerCase(Locale.ROOT);

    /** The tag. */
    public String tag() {
        return tag;
    }
}
