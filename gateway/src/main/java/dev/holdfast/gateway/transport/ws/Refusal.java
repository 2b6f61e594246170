// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.util.Locale;

/** Why an upgrade request is not upgraded. */
enum Refusal {
    /** Headers longer than any that is looked at, mostly by a token. */
    HEADER_TOO_LONG(431),
    /** Not one of the paths, character by character. */
    PATH(404),
    /** Not a GET. */
    METHOD(405),
    /** No {@code Upgrade: websocket} with {@code Connection: upgrade}: a plain HTTP request. */
    NOT_AN_UPGRADE(426),
    /** Not version 13. */
    VERSION(426),
    /** No Sec-WebSocket-Key of 16 bytes. */
    KEY(400),
    /** A body: the start of a smuggled second request. */
    BODY(400),
    /** Neither {@code mqtt} nor {@code mqttv3.1} was offered. */
    SUBPROTOCOL(400),
    /** Two Authorization headers: which of them counts must not depend on who reads it. */
    AUTHORIZATION(400),
    /** A page of somebody else's. */
    ORIGIN(403),
    /** Its address has all the connections that it may have. */
    TOO_MANY(429);

    private final int status;
    private final String tag = name().toLowerCase(Locale.ROOT).replace('_', '-');

    Refusal(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }

    String tag() {
        return tag;
    }
}
