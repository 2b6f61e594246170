// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import dev.holdfast.gateway.limits.TellingPace;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log which Origin was refused, a line a minute at the most. Any thread. */
final class OriginRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(OriginRefusals.class);
    private static final int LONGEST_SHOWN = 200;

    private final TellingPace pace = new TellingPace(Duration.ofMinutes(1), System.nanoTime());

    /** Takes note of a refused one. */
    void refused(String origin, String client) {
        long others = pace.happened(System.nanoTime());
        if (others < 0) {
            return;
        }
        LOG.atWarn()
                .addKeyValue("origin", origin.length() > LONGEST_SHOWN ? origin.substring(0, LONGEST_SHOWN) : origin)
                .addKeyValue("peer", client)
                .addKeyValue("others", others)
                .log("WebSocket refused: its Origin is not in websocket.allowed-origins");
    }
}
