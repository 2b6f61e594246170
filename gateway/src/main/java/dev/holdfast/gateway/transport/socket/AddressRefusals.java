// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.limits.TellingPace;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log of connections that were closed since their address has too many, a line a minute at the most. Of one loop. */
final class AddressRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(AddressRefusals.class);

    private final TellingPace pace = new TellingPace(Duration.ofMinutes(1), System.nanoTime());

    /** Takes note of one. */
    void refused(String address, int most) {
        long others = pace.happened(System.nanoTime());
        if (others < 0) {
            return;
        }
        LOG.atWarn()
                .addKeyValue("peer", address)
                .addKeyValue("limit", most)
                .addKeyValue("others", others)
                .log("closed at once: its address has all the connections that it may have"
                        + " (limits.max-connections-per-address). If that is a proxy, let it say whom it speaks for"
                        + " (listeners.proxy-protocol, websocket.trusted-proxies)");
    }
}
