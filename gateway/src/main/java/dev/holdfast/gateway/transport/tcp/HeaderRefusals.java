// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tcp;

import dev.holdfast.gateway.limits.TellingPace;
import dev.holdfast.gateway.observe.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log that the header of the PROXY protocol is missing, a line a minute at the most: nobody gets in meanwhile, and
 * clients see a reset. Any thread.
 */
public final class HeaderRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(HeaderRefusals.class);

    private final Transport transport;
    private final TellingPace pace = new TellingPace(Duration.ofMinutes(1), System.nanoTime());

    /** Of one listener. */
    public HeaderRefusals(Transport transport) {
        this.transport = transport;
    }

    /** Takes note of one. */
    void refused(InetSocketAddress peer, String why) {
        String setting = transport.isWebSocket() ? "listeners.ws-proxy-protocol" : "listeners.tcp-proxy-protocol";
        long others = pace.happened(System.nanoTime());
        if (others < 0) {
            return;
        }
        LOG.atWarn()
                .addKeyValue("peer", peer.getAddress().getHostAddress() + ":" + peer.getPort())
                .addKeyValue("why", why)
                .addKeyValue("others", others)
                .log("closed: every connection has to begin with a PROXY header ({}), and this one does not", setting);
    }
}
