// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.protocol.CommandData;
import org.redisson.client.protocol.RedisCommands;

/**
 * Blocking reads of one stream, one at a time, over a connection of their own to the master of its slot.
 *
 * <p>Redisson's own {@code RStream} takes a connection from the pool, sets two timers and throws an exception away for
 * every read, which costs more than the read.
 */
final class StreamReader implements AutoCloseable {
    private static final Duration BLOCK = Duration.ofSeconds(2);
    /** A read that has not been answered so long after its end stands on a connection that is dead. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int MOST_ENTRIES = 256;

    private final RedisConnection redis;
    private final int slot;
    private final String stream;
    private final ScheduledFuture<?> watch;
    private volatile boolean closed;
    private volatile @Nullable Opened opened;

    /** A connection, and what is read over it. */
    private static final class Opened {
        final org.redisson.client.RedisConnection connection;
        volatile @Nullable CompletableFuture<Map<StreamMessageId, Map<byte[], byte[]>>> underWay;
        volatile long askedAtNanos;

        Opened(org.redisson.client.RedisConnection connection) {
            this.connection = connection;
        }

        void broken() {
            connection.closeAsync();
            CompletableFuture<?> waiting = underWay;
            if (waiting != null) {
                waiting.completeExceptionally(
                        new RedisConnectionException("the connection of a blocking read is gone"));
            }
        }
    }

    StreamReader(RedisConnection redis, int slot, String stream) {
        this.redis = redis;
        this.slot = slot;
        this.stream = stream;
        long period = PATIENCE.toMillis() / 2;
        watch = redis.executor().scheduleWithFixedDelay(this::watch, period, period, TimeUnit.MILLISECONDS);
    }

    /**
     * Reads what stands behind an entry, or waits for it. Not before the last one has completed.
     *
     * @return some entries in their order, empty or null if none came in time
     */
    CompletableFuture<Map<StreamMessageId, Map<byte[], byte[]>>> after(StreamMessageId last) {
        Opened known = opened;
        if (closed) {
            return CompletableFuture.failedFuture(new RedisConnectionException("closed"));
        }
        if (known != null && known.connection.isActive() && known.connection.getRedisClient() == master()) {
            return ask(known, last);
        }
        opened = null;
        if (known != null) {
            known.broken();
        }
        // Where the master is not known yet, Redisson blocks.
        return CompletableFuture.supplyAsync(this::master, redis.executor())
                .thenCompose(master -> master == null
                        ? CompletableFuture.failedFuture(new RedisConnectionException("nobody serves the slot"))
                        : master.connectAsync().toCompletableFuture())
                .thenCompose(connection -> ask(open(connection), last));
    }

    @Override
    public void close() {
        closed = true;
        watch.cancel(false);
        Opened known = opened;
        if (known != null) {
            known.broken();
        }
    }

    private @Nullable RedisClient master() {
        return redis.master(slot);
    }

    private Opened open(org.redisson.client.RedisConnection connection) {
        Opened fresh = new Opened(connection);
        opened = fresh;
        connection.getChannel().closeFuture().addListener(gone -> fresh.broken());
        if (closed) {
            fresh.broken();
        }
        return fresh;
    }

    private CompletableFuture<Map<StreamMessageId, Map<byte[], byte[]>>> ask(Opened on, StreamMessageId last) {
        CompletableFuture<Map<StreamMessageId, Map<byte[], byte[]>>> answer = new CompletableFuture<>();
        on.askedAtNanos = System.nanoTime();
        on.underWay = answer;
        Object[] arguments = {"COUNT", MOST_ENTRIES, "BLOCK", BLOCK.toMillis(), "STREAMS", stream, last};
        on.connection
                .send(new CommandData<>(
                        answer, ByteArrayCodec.INSTANCE, RedisCommands.XREAD_BLOCKING_SINGLE, arguments))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        on.broken();
                    }
                });
        if (!on.connection.isActive()) {
            on.broken(); // it broke before there was anything to fail
        }
        return answer;
    }

    private void watch() {
        Opened known = opened;
        if (known != null) {
            CompletableFuture<?> waiting = known.underWay;
            long overdue = BLOCK.plus(PATIENCE).toNanos();
            if (waiting != null && !waiting.isDone() && System.nanoTime() - known.askedAtNanos > overdue) {
                known.broken();
            }
        }
    }
}
