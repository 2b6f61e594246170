// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.protocol.CommandData;
import org.redisson.client.protocol.RedisCommand;

/**
 * One connection to the master of a slot, opened when it is needed, for one command at a time. If a command fails, nobody
 * knows whether Redis has executed it; the caller repeats it or not. Any thread.
 *
 * <p>Redisson's own executor is not used: for every command it takes a connection from the pool, sets two timers and makes an
 * exception that is thrown away, which costs more than the command.
 */
public final class MasterLine implements AutoCloseable {
    private final RedisConnection redis;
    private final int slot;
    private final long patienceNanos;
    private final @Nullable ScheduledFuture<?> watch;
    private volatile boolean closed;
    private volatile @Nullable Opened opened;

    /** An open connection, and the command that is under way on it. */
    private static final class Opened {
        final org.redisson.client.RedisConnection connection;
        volatile @Nullable CompletableFuture<?> underWay;
        volatile long askedAtNanos;

        Opened(org.redisson.client.RedisConnection connection) {
            this.connection = connection;
        }

        void broken() {
            connection.closeAsync();
            CompletableFuture<?> waiting = underWay;
            if (waiting != null) {
                waiting.completeExceptionally(new RedisConnectionException("the connection of a command is gone"));
            }
        }
    }

    /**
     * A line that is not connected yet.
     *
     * @param patience after how long without an answer a connection counts as dead
     */
    public MasterLine(RedisConnection redis, int slot, Duration patience) {
        this.redis = redis;
        this.slot = slot;
        patienceNanos = patience.toNanos();
        watch = beginWatch(patience.toMillis() / 2);
        closed = watch == null;
    }

    private @Nullable ScheduledFuture<?> beginWatch(long periodMillis) {
        try {
            return redis.executor()
                    .scheduleWithFixedDelay(this::watch, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return null; // the connection to Redis has been closed
        }
    }

    /** Sends a command; called only after the last one has completed. Completes on a thread of Redisson, mostly. */
    public <T> CompletableFuture<T> ask(RedisCommand<?> command, Object... arguments) {
        Opened known = opened;
        if (closed) {
            return CompletableFuture.failedFuture(new RedisConnectionException("closed"));
        }
        if (known != null && known.connection.isActive() && known.connection.getRedisClient() == master()) {
            return ask(known, command, arguments);
        }
        opened = null;
        if (known != null) {
            known.broken();
        }
        return connect().thenCompose(fresh -> ask(fresh, command, arguments));
    }

    private CompletableFuture<Opened> connect() {
        try {
            // Redisson blocks while it does not know the master yet.
            return CompletableFuture.supplyAsync(this::master, redis.executor())
                    .thenCompose(master -> master == null
                            ? CompletableFuture.failedFuture(new RedisConnectionException("nobody serves the slot"))
                            : master.connectAsync().toCompletableFuture())
                    .whenComplete((connection, failure) -> counted(failure))
                    .thenApply(this::open);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e); // the connection to Redis has been closed
        }
    }

    @Override
    public void close() {
        closed = true;
        if (watch != null) {
            watch.cancel(false);
        }
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

    private <T> CompletableFuture<T> ask(Opened on, RedisCommand<?> command, Object... arguments) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        on.askedAtNanos = System.nanoTime();
        on.underWay = answer;
        on.connection
                .send(new CommandData<>(answer, ByteArrayCodec.INSTANCE, command, arguments))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        on.broken();
                    }
                });
        if (!on.connection.isActive()) {
            on.broken(); // the connection broke before the command was noted on it
        }
        return answer.whenComplete((result, failure) -> counted(failure));
    }

    private void counted(@Nullable Throwable failure) {
        if (failure != null && !closed) {
            redis.meter().failed(failure, 1);
        }
    }

    private void watch() {
        Opened known = opened;
        if (known != null) {
            CompletableFuture<?> waiting = known.underWay;
            if (waiting != null && !waiting.isDone() && System.nanoTime() - known.askedAtNanos > patienceNanos) {
                known.broken();
            }
        }
    }
}
