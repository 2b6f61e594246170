// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.tls;

import dev.holdfast.store.TicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the keys of TLS tickets that the gateways share: looks at them every {@link #period}, and says which are used and in which order. New
 * tickets are made with the newest key that has been there for two looks: by then every gateway can read them. While the store does not
 * answer, the keys that are known hold until their time is over; then this gateway makes one for itself. All on one thread but for the
 * answers of the source.
 */
final class TicketRotation {
    /** After how long a key of the store holds no more, though the store cannot be asked. */
    static final Duration KEPT_FOR = Duration.ofHours(12);

    private static final Logger LOG = LoggerFactory.getLogger(TicketRotation.class);

    private final TicketSource source;
    private final Duration period;
    private final LongSupplier nanoTime;
    private final Executor thread;
    private final Consumer<List<TicketKey>> use;
    private final SecureRandom random = new SecureRandom();
    private List<TicketKey> known = List.of();
    private long knownSinceNanos;
    private boolean isLooking;
    private boolean isTold;

    /**
     * A rotation that knows no keys yet.
     *
     * @param period how often {@link #look} is called
     * @param thread the thread on which that is done
     * @param use gets the keys whenever they have been looked at: first the one that makes tickets
     */
    TicketRotation(
            TicketSource source,
            Duration period,
            LongSupplier nanoTime,
            Executor thread,
            Consumer<List<TicketKey>> use) {
        this.source = source;
        this.period = period;
        this.nanoTime = nanoTime;
        this.thread = thread;
        this.use = use;
    }

    /** How often it wants to look. */
    Duration period() {
        return period;
    }

    /** Asks for the keys, unless it waits for an answer; returns at once. */
    void look() {
        if (isLooking) {
            useThoseThatHold();
            return;
        }
        isLooking = true;
        source.keys(fresh()).whenCompleteAsync(this::answered, thread);
    }

    private void answered(@Nullable List<TicketKey> keys, @Nullable Throwable failure) {
        isLooking = false;
        if (keys == null || keys.isEmpty()) {
            if (!isTold) {
                isTold = true;
                LOG.warn(
                        "the keys of TLS tickets cannot be read from the store, those that are known go on to hold: {}",
                        String.valueOf(failure));
            }
            useThoseThatHold();
            return;
        }
        if (isTold) {
            isTold = false;
            LOG.info("the keys of TLS tickets are read from the store again");
        }
        known = keys;
        knownSinceNanos = nanoTime.getAsLong();
        use.accept(ordered(keys));
    }

    private void useThoseThatHold() {
        if (known.isEmpty()) {
            return; // none has been read yet: no tickets are given
        }
        long now = nanoTime.getAsLong();
        Duration since = Duration.ofNanos(now - knownSinceNanos);
        List<TicketKey> holding = known.stream()
                .map(key -> new TicketKey(key.bytes(), key.age().plus(since)))
                .filter(key -> key.age().compareTo(KEPT_FOR) < 0)
                .toList();
        if (holding.isEmpty()) {
            holding = List.of(new TicketKey(fresh(), Duration.ZERO));
        }
        known = holding;
        knownSinceNanos = now;
        use.accept(ordered(holding));
    }

    /** First the newest that everybody knows; if all are new, the oldest of them. */
    private List<TicketKey> ordered(List<TicketKey> newestFirst) {
        Duration readByAll = period.multipliedBy(2);
        TicketKey making = newestFirst.get(newestFirst.size() - 1);
        for (TicketKey key : newestFirst) {
            if (key.age().compareTo(readByAll) >= 0) {
                making = key;
                break;
            }
        }
        List<TicketKey> ordered = new ArrayList<>(newestFirst);
        ordered.remove(making);
        ordered.add(0, making);
        return ordered;
    }

    private byte[] fresh() {
        byte[] bytes = new byte[TicketKey.LENGTH];
        random.nextBytes(bytes);
        return bytes;
    }
}
