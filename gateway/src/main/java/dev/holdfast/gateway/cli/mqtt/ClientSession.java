// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.mqtt;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.Words;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One client for one command: connected when it is there, disconnected when it is closed. What fails is told as exit codes. */
final class ClientSession implements AutoCloseable {
    private static final long GOODBYE_SECONDS = 2;

    private final EventLoopGroup loops;
    private final Login login;
    private final MqttConnection connection;

    private ClientSession(EventLoopGroup loops, Login login, MqttConnection connection) {
        this.loops = loops;
        this.login = login;
        this.connection = connection;
    }

    static ClientSession open(Login login, Consumer<ClientMessage> receiver)
            throws CommandFailure, InterruptedException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            // The connection itself is as patient; this is for what it could not even begin.
            MqttConnection connection = await(
                    MqttConnection.open(loops, login, receiver),
                    login,
                    login.patience().plusSeconds(GOODBYE_SECONDS));
            return new ClientSession(loops, login, connection);
        } catch (CommandFailure | InterruptedException e) {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw e;
        }
    }

    MqttConnection connection() {
        return connection;
    }

    /** Waits for an answer; what is wrong with it, or that there is none in time, is a failure with its exit code. */
    <T> T await(CompletableFuture<T> answer) throws CommandFailure, InterruptedException {
        return await(answer, login, login.patience());
    }

    private static <T> T await(CompletableFuture<T> answer, Login login, Duration patience)
            throws CommandFailure, InterruptedException {
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw silent(login);
        } catch (ExecutionException e) {
            throw failure(login, e.getCause() == null ? e : e.getCause());
        }
    }

    /** Why a client could not do what it was to do. */
    static CommandFailure failure(Login login, Throwable cause) {
        String words = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        if (cause instanceof RefusedException) {
            return new CommandFailure(CommandFailure.REFUSED, "holdfast: " + words);
        }
        if (cause instanceof TimeoutException) {
            return silent(login);
        }
        return cause instanceof ConnectException || cause instanceof UnknownHostException
                ? CommandFailure.failed("nobody answers at " + login.url() + " (--url): " + words)
                : CommandFailure.failed(login.url() + ": " + words);
    }

    private static CommandFailure silent(Login login) {
        return new CommandFailure(
                CommandFailure.TIMED_OUT,
                "holdfast: no answer from " + login.url() + " within " + Words.duration(login.patience())
                        + " (--timeout)");
    }

    @Override
    public void close() {
        connection
                .disconnect()
                .completeOnTimeout("", GOODBYE_SECONDS, TimeUnit.SECONDS)
                .join();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
