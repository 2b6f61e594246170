// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys behind a JWKS URL, read ahead of need and kept through an outage.
 *
 * <p>One reading at a time. It is caused by the clock (every {@code refresh}, sooner after a failure) or by a key id
 * that nobody knows, or a signature that the key of that name did not make, the latter two at most once per
 * {@code unknown-kid-interval}: whoever comes too early waits for the next one. A key id that a reading did not bring is
 * remembered as unknown for a while. Keys not confirmed for {@code stale-max} are no longer used.
 */
final class RemoteKeys implements KeySource {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteKeys.class);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);
    private static final int UNKNOWN_KIDS = 1000;

    /** How long a client is kept waiting for a reading that may not begin yet. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    /** What the last good reading brought, and when. */
    private record Held(KeySet keys, JwksEndpoint.@Nullable Answer answer, Instant at) {}

    private final String issuer;
    private final JwksEndpoint endpoint;
    private final KeysConfig config;
    private final Function<List<RawKey>, KeySet> keySet;
    private final InstantSource clock;
    private final ScheduledExecutorService worker;
    private final Consumer<Boolean> outcome;

    // Written by one reading at a time.
    private volatile Held held = new Held(KeySet.EMPTY, null, Instant.MIN);
    private final AtomicReference<@Nullable CompletableFuture<Boolean>> reading = new AtomicReference<>();
    /** The reading that tokens have caused and that has not begun. */
    private final AtomicReference<@Nullable CompletableFuture<Boolean>> planned = new AtomicReference<>();

    private volatile Instant notBefore = Instant.EPOCH;
    private final Cache<String, Instant> unknownUntil = Caffeine.newBuilder()
            .maximumSize(UNKNOWN_KIDS)
            .executor(Runnable::run)
            .build();

    private final AtomicInteger failuresInARow = new AtomicInteger();
    private volatile boolean closed;

    /**
     * Starts the first reading.
     *
     * @param outcome told of each reading whether it succeeded; for the metric
     */
    RemoteKeys(
            String issuer,
            JwksEndpoint endpoint,
            KeysConfig config,
            Function<List<RawKey>, KeySet> keySet,
            InstantSource clock,
            ScheduledExecutorService worker,
            Consumer<Boolean> outcome) {
        this.issuer = issuer;
        this.endpoint = endpoint;
        this.config = config;
        this.keySet = keySet;
        this.clock = clock;
        this.worker = worker;
        this.outcome = outcome;
        readAndGoOn();
    }

    @Override
    public KeySet current() {
        Held now = held;
        boolean stale = now.answer() == null || now.at().plus(config.staleMax()).isBefore(clock.instant());
        return stale ? KeySet.EMPTY : now.keys();
    }

    @Override
    public CompletableFuture<Search> search(String kid) {
        Instant now = clock.instant();
        Instant until = unknownUntil.getIfPresent(kid);
        if (until != null && now.isBefore(until)) {
            return CompletableFuture.completedFuture(Search.UNKNOWN);
        }
        CompletableFuture<Boolean> going = reading.get();
        CompletableFuture<Boolean> next = going == null ? nextReading() : going;
        return next == null
                ? CompletableFuture.completedFuture(Search.UNAVAILABLE)
                : next.thenApply(good -> {
                    if (!good) {
                        return Search.UNAVAILABLE;
                    }
                    // If the key has come meanwhile the caller finds it; if not, this saves the next reading.
                    unknownUntil.put(kid, clock.instant().plus(UNKNOWN_FOR));
                    return Search.LOOK_AGAIN;
                });
    }

    @Override
    public CompletableFuture<Search> searchAgain(KeySet used) {
        if (current() != used) {
            return CompletableFuture.completedFuture(Search.LOOK_AGAIN);
        }
        CompletableFuture<Boolean> next = nextReading();
        return next == null
                ? CompletableFuture.completedFuture(Search.UNAVAILABLE)
                : next.thenApply(
                        good -> current() != used ? Search.LOOK_AGAIN : good ? Search.UNKNOWN : Search.UNAVAILABLE);
    }

    /**
     * The next reading that a token may cause: now, or when the interval is over. Those who come meanwhile wait for it
     * together: a stranger with a key id of his own has perhaps used up the last one just before the keys were changed.
     *
     * @return null if that is too far away
     */
    private @Nullable CompletableFuture<Boolean> nextReading() {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> before = planned.compareAndExchange(null, mine);
        if (before != null) {
            return before;
        }
        Instant now = clock.instant();
        Duration wait = Duration.between(now, notBefore);
        if (wait.compareTo(LONGEST_WAIT) > 0) {
            planned.set(null);
            return null;
        }
        try {
            worker.schedule(() -> readFor(mine), Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
            planned.set(null);
            return null;
        }
        return mine;
    }

    private void readFor(CompletableFuture<Boolean> waiting) {
        notBefore = clock.instant().plus(config.unknownKidInterval());
        // Who comes from now on wants what is published from now on.
        planned.set(null);
        read().thenAccept(waiting::complete);
    }

    @Override
    public void reload() {
        read();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void readAndGoOn() {
        read().whenComplete((good, failure) -> {
            Duration wait = config.refresh();
            int failures = failuresInARow.get();
            if (failures > 0) {
                Duration backoff = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
                wait = backoff.compareTo(wait) < 0 ? backoff : wait;
            }
            if (!closed) {
                try {
                    worker.schedule(this::readAndGoOn, wait.toMillis(), TimeUnit.MILLISECONDS);
                } catch (RejectedExecutionException e) {
                    // The gateway is closing.
                    LOG.debug("{}: no further reading of keys", issuer);
                }
            }
        });
    }

    /** Starts a reading, or joins the one under way. Never completes exceptionally. */
    private CompletableFuture<Boolean> read() {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> witness = reading.compareAndExchange(null, mine);
        if (witness != null) {
            return witness;
        }
        CompletableFuture<JwksEndpoint.Answer> call;
        try {
            call = endpoint.fetch();
        } catch (RuntimeException e) {
            call = CompletableFuture.failedFuture(e);
        }
        call.handle((answer, failure) -> {
            boolean good = answer != null && take(answer);
            if (good) {
                failuresInARow.set(0);
            } else {
                if (failuresInARow.incrementAndGet() == 1) {
                    LOG.warn(
                            "{}: keys not read: {}; those read before stay up to {}",
                            issuer,
                            kind(failure),
                            config.staleMax());
                }
            }
            reading.set(null);
            outcome.accept(good);
            return mine.complete(good);
        });
        return mine;
    }

    private boolean take(JwksEndpoint.Answer answer) {
        Held before = held;
        if (answer.sameAs(before.answer())) {
            held = new Held(before.keys(), answer, clock.instant());
            return true;
        }
        KeySet keys = keySet.apply(answer.keys());
        if (keys.isEmpty()) {
            return false;
        }
        held = new Held(keys, answer, clock.instant());
        unknownUntil.invalidateAll();
        return true;
    }

    private static String kind(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause == null) {
            return "no key that fits the issuer's algorithms";
        }
        return JwksEndpoint.words(cause);
    }
}
