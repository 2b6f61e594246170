// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.config.value.Rate;
import dev.holdfast.gateway.limits.AddressRate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Tells the log of one thing that clients do wrong and that goes on otherwise: one line a minute for each address at the most,
 * with the number of those that were left out. Any thread.
 */
public final class ClientNotice {
    private static final Rate PER_ADDRESS = new Rate(1, Duration.ofMinutes(1), 1);

    private final String text;
    private final AddressRate told = new AddressRate(PER_ADDRESS);
    private final AtomicLong leftOut = new AtomicLong();

    /** A notice with the same text for all clients. */
    public ClientNotice(String text) {
        this.text = text;
    }

    /**
     * A client has done it.
     *
     * @param details adds what the text does not say, by name and value
     */
    public void tell(Client client, UnaryOperator<LoggingEventBuilder> details) {
        if (!told.tryTake(client.connection().host(), System.nanoTime())) {
            leftOut.incrementAndGet();
            return;
        }
        LoggingEventBuilder line = Client.LOG
                .atWarn()
                .addKeyValue("client", client.id())
                .addKeyValue("peer", client.connection().address());
        details.apply(line).addKeyValue("others", leftOut.getAndSet(0)).log(text);
    }
}
