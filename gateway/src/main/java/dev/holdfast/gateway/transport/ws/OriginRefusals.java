// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log which Origin was refused, a line a minute at the most. Any thread. */
final class OriginRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(OriginRefusals.class);
    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int LONGEST_SHOWN = 200;

    private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - PERIOD_NANOS);
    private final AtomicLong leftOut = new AtomicLong();

    /** Takes note of a refused one. */
    void refused(String origin, String client) {
        long now = System.nanoTime();
        long before = toldAt.get();
        if (now - before < PERIOD_NANOS || !toldAt.compareAndSet(before, now)) {
            leftOut.incrementAndGet();
            return;
        }
        LOG.atWarn()
                .addKeyValue("origin", origin.length() > LONGEST_SHOWN ? origin.substring(0, LONGEST_SHOWN) : origin)
                .addKeyValue("peer", client)
                .addKeyValue("others", leftOut.getAndSet(0))
                .log("WebSocket refused: its Origin is not in websocket.allowed-origins");
    }
}
