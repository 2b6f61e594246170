// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.client.protocol.Time;

/**
 * What time it is at the Redis masters, between two bounds: each TIME answer lies between its sending and its coming
 * back, and masters of a cluster may differ. Runs on the monotonic clock from one sample to the next, so a step of the
 * gateway's own wall clock does not matter. Any thread.
 */
final class RedisClock {
    private final Supplier<List<CompletionStage<Time>>> ask;
    private volatile @Nullable Bounds bounds;

    /** Offsets of Redis' milliseconds from the monotonic clock's. */
    private record Bounds(long lowestMillis, long highestMillis) {}

    /** Asks every master for its time by the given means. */
    RedisClock(Supplier<List<CompletionStage<Time>>> ask) {
        this.ask = ask;
    }

    boolean isSet() {
        return bounds != null;
    }

    /** Takes a new sample; completes exceptionally, and the old one stays, if a master does not answer. */
    CompletableFuture<Void> refresh() {
        long sentAt = monotonicMillis();
        List<CompletionStage<Time>> answers;
        try {
            answers = ask.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Bounds> merged =
                CompletableFuture.completedFuture(new Bounds(Long.MAX_VALUE, Long.MIN_VALUE));
        for (CompletionStage<Time> answer : answers) {
            CompletionStage<Bounds> one = answer.thenApply(time -> {
                long millis = time.getSeconds() * 1000L + time.getMicroseconds() / 1000;
                return new Bounds(millis - monotonicMillis(), millis - sentAt + 1);
            });
            merged = merged.thenCombine(
                    one,
                    (all, next) -> new Bounds(
                            Math.min(all.lowestMillis(), next.lowestMillis()),
                            Math.max(all.highestMillis(), next.highestMillis())));
        }
        return merged.thenAccept(sample -> bounds = sample);
    }

    /** The last moment, in Redis' time, at which a call that is sent now may be executed. */
    long deadlineMillis(long timeoutMillis) {
        Bounds known = bounds;
        return known == null ? 0 : monotonicMillis() + known.highestMillis() + timeoutMillis;
    }

    /** How long it takes until that moment has passed at every master; not positive if it has. */
    long millisUntilPassed(long deadlineMillis) {
        Bounds known = bounds;
        return known == null ? 0 : deadlineMillis + 1 - (monotonicMillis() + known.lowestMillis());
    }

    static byte[] bytes(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static long monotonicMillis() {
        return System.nanoTime() / 1_000_000;
    }
}
