// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import dev.holdfast.gateway.routing.Published;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What has been published here under idempotency keys lately. Who asks again with a key gets the answer of the first time, and
 * nothing is published again. A publication that failed may be asked for again. Any thread.
 *
 * <p>At another gateway the key gives the message the same id, so that the queue of a kept session takes it once.
 */
public final class IdempotencyKeys {
    /** The longest key. */
    public static final int MOST_CHARS = 255;

    private static final int MOST = 20_000;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** What was asked under a key, and what came of it. */
    private record Entry(byte[] asked, CompletableFuture<Published> result, long sinceNanos) {}

    /**
     * What came of a key, and whether it had been asked for before.
     *
     * @param result exceptionally as the publication failed
     */
    public record Once(CompletableFuture<Published> result, boolean isRepeated) {}

    /**
     * Publishes unless it has been done under this key.
     *
     * @param asked tells one request from another
     * @throws Problem if something else was asked under this key
     */
    public Once once(String key, byte[] asked, Supplier<CompletableFuture<Published>> publish) throws Problem {
        Entry made = new Entry(asked, new CompletableFuture<>(), System.nanoTime());
        Entry before = putIfAbsent(key, made);
        if (before == null) {
            publish.get().whenComplete((published, failure) -> {
                if (failure == null) {
                    made.result().complete(published);
                } else {
                    forget(key, made);
                    made.result().completeExceptionally(failure);
                }
            });
            return new Once(made.result(), false);
        }
        if (!MessageDigest.isEqual(before.asked(), asked)) {
            throw new Problem(
                    Problem.Kind.CONFLICT, "another message was published with this idempotency key", "idempotencyKey");
        }
        return new Once(before.result(), true);
    }

    private synchronized @Nullable Entry putIfAbsent(String key, Entry made) {
        for (Iterator<Entry> oldest = entries.values().iterator(); oldest.hasNext(); ) {
            boolean isOver = made.sinceNanos() - oldest.next().sinceNanos() > KEPT_NANOS || entries.size() >= MOST;
            if (!isOver) {
                break;
            }
            oldest.remove();
        }
        return entries.putIfAbsent(key, made);
    }

    private synchronized void forget(String key, Entry made) {
        entries.remove(key, made);
    }

    /** 32 bytes that are another text's once in 2^128 texts. */
    public static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Two numbers that a key has at every gateway. */
    public static long[] numbers(String key) {
        ByteBuffer bytes = ByteBuffer.wrap(hash(key));
        return new long[] {bytes.getLong(), bytes.getLong()};
    }
}
