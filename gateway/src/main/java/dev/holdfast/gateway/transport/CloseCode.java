// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.nio.charset.StandardCharsets;

/**
 * What a connection is closed with. Only WebSocket puts it on the wire.
 *
 * @param webSocketCode the close code of RFC 6455 section 7.4, or one of 4000-4999
 * @param reason for people; at most 123 bytes of UTF-8, may be empty
 */
public record CloseCode(int webSocketCode, String reason) {

    private static final int FULFILLED = 1000;

    /** The purpose is fulfilled. */
    public static final CloseCode NORMAL = new CloseCode(FULFILLED, "");
    /** The server is going down. */
    public static final CloseCode GOING_AWAY = new CloseCode(1001, "going away");

    private static final int REASON_BYTES = 123;

    /** Refuses what does not fit a close frame. */
    public CloseCode {
        if (webSocketCode < 1000 || webSocketCode > 4999) {
            throw new IllegalArgumentException("close code " + webSocketCode);
        }
        if (reason.getBytes(StandardCharsets.UTF_8).length > REASON_BYTES) {
            throw new IllegalArgumentException("close reason longer than " + REASON_BYTES + " bytes");
        }
    }

    /** Whether it is the peer that ends the connection: nothing more is expected of it. */
    public boolean isPeers() {
        return webSocketCode == FULFILLED;
    }
}
