// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.observe.Refused;

/** Why an upgrade request is not upgraded, and how it is told: by a status and one line. */
enum Refusal {
    /** Headers longer than any that is looked at, mostly by a token. */
    HEADER_TOO_LONG(431, "the headers are longer than what is read (auth.jwt.max-token-bytes)"),
    /** Not one of the paths, character by character. */
    PATH(404, "there is no WebSocket at this path (websocket.paths)"),
    /** Not a GET. */
    METHOD(405, "a WebSocket begins with GET"),
    /** No {@code Upgrade: websocket} with {@code Connection: upgrade}: a plain HTTP request. */
    NOT_AN_UPGRADE(
            426, "expected HTTP/1.1 with Upgrade: websocket and Connection: Upgrade; a proxy has to pass them on"),
    /** Not version 13. */
    VERSION(426, "expected Sec-WebSocket-Version: 13"),
    /** No Sec-WebSocket-Key of 16 bytes. */
    KEY(400, "expected one Sec-WebSocket-Key of 16 bytes in base64"),
    /** A body: the start of a smuggled second request. */
    BODY(400, "expected no body"),
    /** Neither {@code mqtt} nor {@code mqttv3.1} was offered. */
    SUBPROTOCOL(400, "expected Sec-WebSocket-Protocol: mqtt"),
    /** Two Authorization headers: which of them counts must not depend on who reads it. */
    AUTHORIZATION(400, "expected one Authorization header"),
    /** A page of somebody else's. */
    ORIGIN(403, "this Origin may not connect (websocket.allowed-origins)"),
    /** Its address has all the connections that it may have. */
    TOO_MANY(429, "this address has as many connections as one may have (limits.max-connections-per-address)");

    private final int status;
    private final String words;

    Refusal(int status, String words) {
        this.status = status;
        this.words = words;
    }

    int status() {
        return status;
    }

    /** What whoever asked is told; nothing that came with the request. */
    String words() {
        return words;
    }

    Refused kind() {
        return this == TOO_MANY ? Refused.MAX_CONNECTIONS_PER_ADDRESS : Refused.valueOf(name());
    }
}
