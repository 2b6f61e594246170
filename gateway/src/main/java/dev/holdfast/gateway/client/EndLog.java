// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.limits.AddressRate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.event.Level;

/**
 * Tells the log of connections that have ended. One client that comes again and again could fill a disk with it, so that
 * what ends for one reason from one address is told at a rate, and what was left out is summed up for each reason. Any
 * thread.
 */
public final class EndLog {
    private static final String MESSAGE = "closed";

    private final Map<Outcome, Lines> lines = new EnumMap<>(Outcome.class);

    private record Lines(AddressRate told, LongAdder leftOut) {}

    /**
     * A log.
     *
     * @param perAddress how many lines there are about one reason and one address
     */
    public EndLog(Rate perAddress) {
        for (Outcome outcome : Outcome.values()) {
            lines.put(outcome, new Lines(new AddressRate(perAddress), new LongAdder()));
        }
    }

    /** A connection has ended. */
    void ended(Client client, Outcome outcome) {
        // Clients come and go all day: what they do by themselves is counted, and told only to who asks.
        Level level = outcome.isByServer() ? Level.INFO : Level.DEBUG;
        if (!Client.LOG.isEnabledForLevel(level)) {
            return;
        }
        String host = client.connection().host();
        Lines kind = Objects.requireNonNull(lines.get(outcome));
        if (!Client.LOG.isDebugEnabled() && !kind.told.tryTake(host, System.nanoTime())) {
            kind.leftOut.increment();
            return;
        }
        Client.LOG
                .atLevel(level)
                .addKeyValue("client", client.id())
                .addKeyValue("peer", client.connection().address())
                .addKeyValue("reason", outcome.tag())
                .log(MESSAGE);
    }

    /** Sums up what was left out since the last time. To be called now and then. */
    public void sumUp() {
        lines.forEach((outcome, kind) -> {
            long more = kind.leftOut.sumThenReset();
            if (more > 0) {
                Client.LOG
                        .atInfo()
                        .addKeyValue("reason", outcome.tag())
                        .addKeyValue("count", more)
                        .log("more have been closed for the same reason, from addresses that this log has told of");
            }
        });
    }
}
