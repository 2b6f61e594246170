// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.transport.LineAMinute;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log which Origin was refused, a line a minute at the most. Any thread. */
final class OriginRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(OriginRefusals.class);
    private static final int LONGEST_SHOWN = 200;

    private final LineAMinute lines = new LineAMinute();

    /** Takes note of a refused one. */
    void refused(String origin, String client) {
        lines.tell(others -> LOG.atWarn()
                .addKeyValue("origin", origin.length() > LONGEST_SHOWN ? origin.substring(0, LONGEST_SHOWN) : origin)
                .addKeyValue("peer", client)
                .addKeyValue("others", others)
                .log("WebSocket refused: its Origin is not in websocket.allowed-origins"));
    }
}
