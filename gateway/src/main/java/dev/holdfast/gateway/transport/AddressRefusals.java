// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log of connections that were closed since their address has too many, a line a minute at the most. Of one loop. */
final class AddressRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(AddressRefusals.class);
    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private long toldAt = System.nanoTime() - PERIOD_NANOS;
    private long leftOut;

    /** Takes note of one. */
    void refused(String address, int most) {
        long now = System.nanoTime();
        if (now - toldAt < PERIOD_NANOS) {
            leftOut++;
            return;
        }
        toldAt = now;
        LOG.atWarn()
                .addKeyValue("peer", address)
                .addKeyValue("limit", most)
                .addKeyValue("others", leftOut)
                .log("closed at once: its address has all the connections that it may have"
                        + " (limits.max-connections-per-address). If that is a proxy, let it say whom it speaks for"
                        + " (listeners.proxy-protocol, websocket.trusted-proxies)");
        leftOut = 0;
    }
}
