// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.connection;

import dev.holdfast.store.redis.failure.NotSentException;
import dev.holdfast.store.redis.lane.BatchSender;
import dev.holdfast.store.redis.lane.Call;
import dev.holdfast.store.redis.script.ScriptSet;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript;
import org.redisson.client.RedisClient;
import org.redisson.client.RedisConnectionException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisRedirectException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.protocol.CommandData;
import org.redisson.client.protocol.CommandsData;
import org.redisson.client.protocol.RedisCommand;

/**
 * Sends the batches of one lane on a connection of the lane's own to its master, opened when it is needed. If the connection
 * breaks, or an answer does not come in time, the batch under way fails and the connection is closed.
 *
 * <p>Redisson's {@code RBatch} encodes each argument in a buffer of its own, makes several objects for each call, sets timers, and
 * takes a connection from the pool for each batch. Here a call is one command object, and a batch is one write. For some seconds
 * after a redirection the batches of this lane go by {@code RBatch}, which follows redirections.
 */
final class DirectSender implements BatchSender {
    @SuppressWarnings("unchecked") // Redisson declares the command without its type
    private static final RedisCommand<List<Object>> EVALSHA =
            new RedisCommand<>((RedisCommand<List<Object>>) RScript.ReturnType.LIST.getCommand(), "EVALSHA");
    /** For how long a lane sends by Redisson after a redirection. By then Redisson has read the slots again, which it does each second. */
    private static final long REDIRECTED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final PooledSender pooled;
    private final long patienceNanos;
    private volatile @Nullable Opened opened;
    private final AtomicReference<@Nullable Opening> opening = new AtomicReference<>();
    private volatile boolean isRedirected;
    private volatile long redirectedAtNanos;

    /**
     * A sender that is not connected.
     *
     * @param pooled sends what cannot be sent directly
     * @param patience how long an answer, or a connection, may take
     */
    DirectSender(PooledSender pooled, Duration patience) {
        this.pooled = pooled;
        patienceNanos = patience.toNanos();
    }

    /** A connection that is being made. */
    private record Opening(CompletableFuture<Opened> outcome, long sinceNanos) {}

    @Override
    public Sent send(Object master, List<Call> calls, ScriptSet scripts, byte[] head) {
        if (!(master instanceof RedisClient client) || isRedirected()) {
            return pooled.send(master, calls, scripts, head);
        }
        List<CommandData<?, ?>> commands = new ArrayList<>(calls.size());
        List<CompletableFuture<List<Object>>> answers = new ArrayList<>(calls.size());
        for (Call call : calls) {
            CompletableFuture<List<Object>> answer = new CompletableFuture<>();
            answers.add(answer);
            commands.add(new CommandData<>(answer, ByteArrayCodec.INSTANCE, EVALSHA, parameters(call, scripts, head)));
        }
        CommandsData batch = new CommandsData(new CompletableFuture<>(), commands, false, false);
        CompletionStage<Void> whole = batch.getPromise().handle((nothing, failure) -> {
            if (failure != null) {
                judge(answers, failure);
            }
            return null;
        });
        Opened known = opened;
        if (known != null && known.isConnectedTo(client)) {
            known.send(batch);
        } else {
            open(client).whenComplete((fresh, failure) -> {
                if (failure != null) {
                    batch.getPromise().completeExceptionally(new NotSentException(failure));
                } else if (fresh.isConnectedTo(client)) {
                    fresh.send(batch);
                } else {
                    batch.getPromise()
                            .completeExceptionally(
                                    new NotSentException(new RedisConnectionException("closed at once")));
                }
            });
        }
        return new Sent(answers, whole);
    }

    private static Object[] parameters(Call call, ScriptSet scripts, byte[] head) {
        Object[] arguments = call.arguments(head);
        int keys = call.keys.size();
        Object[] all = new Object[2 + keys + arguments.length];
        all[0] = scripts.encodedSha(call.script);
        all[1] = keys;
        for (int i = 0; i < keys; i++) {
            all[2 + i] = call.keys.get(i);
        }
        System.arraycopy(arguments, 0, all, 2 + keys, arguments.length);
        return all;
    }

    /**
     * Looks at a batch that has failed for Redisson, as one does of which a call has an error for an answer. For a lane that is an answer:
     * the batch has failed if a call has none.
     */
    private void judge(List<CompletableFuture<List<Object>>> answers, Throwable failure) {
        boolean isUnanswered = false;
        for (CompletableFuture<List<Object>> answer : answers) {
            isUnanswered |= !answer.isDone();
            if (answer.isCompletedExceptionally()) {
                answer.whenComplete((nothing, error) -> heed(error));
            }
        }
        if (isUnanswered) {
            throw new CompletionException(failure);
        }
    }

    private void heed(Throwable error) {
        if (error instanceof RedisRedirectException) {
            redirectedAtNanos = System.nanoTime();
            isRedirected = true;
        }
        Opened known = opened;
        if (known != null && (error instanceof RedisReadonlyException || error instanceof RedisNoScriptException)) {
            // The address may lead to another server by now, which a new connection finds.
            known.close();
        }
    }

    private boolean isRedirected() {
        if (isRedirected && System.nanoTime() - redirectedAtNanos > REDIRECTED_NANOS) {
            isRedirected = false;
        }
        return isRedirected;
    }

    private CompletableFuture<Opened> open(RedisClient client) {
        Opened before = opened;
        if (before != null) {
            opened = null;
            before.close();
        }
        Opening attempt = new Opening(new CompletableFuture<>(), System.nanoTime());
        opening.set(attempt);
        CompletionStage<org.redisson.client.RedisConnection> asked;
        try {
            asked = client.connectAsync();
        } catch (RuntimeException e) {
            asked = CompletableFuture.failedFuture(e); // Redisson has been shut down
        }
        asked.whenComplete((connection, failure) -> {
            boolean isWanted = opening.compareAndSet(attempt, null);
            if (failure != null) {
                attempt.outcome().completeExceptionally(failure);
            } else if (isWanted) {
                Opened fresh = new Opened(connection);
                opened = fresh;
                attempt.outcome().complete(fresh);
            } else {
                connection.closeAsync(); // it came too late, and another one is used
            }
        });
        return attempt.outcome();
    }

    @Override
    public EventExecutor thread() {
        Opened known = opened;
        return known == null ? pooled.thread() : known.connection.getChannel().eventLoop();
    }

    /** Ends what has taken too long. To be called some times within the patience. */
    void look() {
        Opening attempt = opening.get();
        if (attempt != null
                && System.nanoTime() - attempt.sinceNanos() > patienceNanos
                && opening.compareAndSet(attempt, null)) {
            attempt.outcome().completeExceptionally(new RedisTimeoutException("no connection in time"));
        }
        Opened known = opened;
        if (known != null) {
            known.look();
        }
    }

    /** An open connection, and the batch that is under way on it. */
    private final class Opened {
        private final org.redisson.client.RedisConnection connection;
        private final ChannelFutureListener written = this::written;
        private volatile @Nullable CompletableFuture<Void> underWay;
        private volatile long sentAtNanos;
        private volatile boolean isEnded;

        Opened(org.redisson.client.RedisConnection connection) {
            this.connection = connection;
            connection.getChannel().closeFuture().addListener(gone -> broken());
        }

        boolean isConnectedTo(RedisClient client) {
            return connection.getRedisClient() == client
                    && !client.isShutdown()
                    && !isEnded
                    && connection.isActive()
                    && !connection.isClosed();
        }

        void send(CommandsData batch) {
            sentAtNanos = System.nanoTime();
            underWay = batch.getPromise();
            connection.send(batch).addListener(written);
            if (!connection.isActive()) {
                broken(); // it broke before the batch was noted
            }
        }

        private void written(io.netty.channel.ChannelFuture write) {
            if (!write.isSuccess()) {
                broken();
            }
        }

        private void broken() {
            fail(new RedisConnectionException("the connection of a lane is gone"));
        }

        private void fail(Throwable cause) {
            isEnded = true; // before the lane goes on
            CompletableFuture<Void> waiting = underWay;
            if (waiting != null) {
                // Before the connection is closed, which would be the cause otherwise.
                waiting.completeExceptionally(cause);
            }
            connection.closeAsync();
        }

        /** Closes the connection for good. Redisson opens a connection again that breaks, unless it was told to close it. */
        void close() {
            isEnded = true;
            connection.closeAsync();
        }

        void look() {
            CompletableFuture<Void> waiting = underWay;
            if (waiting == null || waiting.isDone() || System.nanoTime() - sentAtNanos <= patienceNanos) {
                return;
            }
            Runnable late = () -> {
                // This process may have stood still, and the answer has been there to be read.
                if (underWay == waiting && !waiting.isDone()) {
                    fail(new RedisTimeoutException("no answer in time"));
                }
            };
            try {
                // On the thread that reads, so that no answer is being read meanwhile.
                connection.getChannel().eventLoop().execute(late);
            } catch (RejectedExecutionException e) {
                late.run();
            }
        }
    }
}
