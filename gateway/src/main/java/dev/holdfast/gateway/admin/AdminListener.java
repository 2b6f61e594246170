// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.Options;
import org.xnio.XnioExecutor;

/**
 * The internal HTTP listener, on threads of its own: a scrape never waits for MQTT traffic and MQTT traffic never
 * waits for a scrape.
 */
public final class AdminListener implements AutoCloseable {
    private static final int WORKER_THREADS = 2;
    /** Part of the reserve of descriptors that the listeners for clients leave. */
    private static final int MOST_CONNECTIONS = 24;

    private static final int LONGEST_HEADER = 16 * 1024;
    private static final int LONGEST_REQUEST_MILLIS = 10_000;
    private static final int LONGEST_SILENCE_MILLIS = 20_000;

    private final Undertow server;

    private AdminListener(Undertow server) {
        this.server = server;
    }

    /**
     * Listens.
     *
     * @param port 0 picks a free one
     * @throws IOException when the address cannot be bound
     */
    public static AdminListener open(String host, int port, HttpHandler handler) throws IOException {
        Undertow server = Undertow.builder()
                .setIoThreads(1)
                .setWorkerThreads(WORKER_THREADS)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, LONGEST_HEADER)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, LONGEST_REQUEST_MILLIS)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, LONGEST_SILENCE_MILLIS)
                .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, 0)
                .setSocketOption(Options.CONNECTION_HIGH_WATER, MOST_CONNECTIONS)
                .setSocketOption(Options.CONNECTION_LOW_WATER, MOST_CONNECTIONS - 1)
                .addHttpListener(port, host, exchange -> answerInTime(exchange, handler))
                .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
        return new AdminListener(server);
    }

    /** A request whose body does not come, or whose answer is not taken, does not keep its connection. */
    private static void answerInTime(HttpServerExchange exchange, HttpHandler handler) throws Exception {
        ServerConnection connection = exchange.getConnection();
        XnioExecutor.Key deadline = exchange.getIoThread()
                .executeAfter(() -> IoUtils.safeClose(connection), LONGEST_REQUEST_MILLIS, TimeUnit.MILLISECONDS);
        exchange.addExchangeCompleteListener((completed, next) -> {
            deadline.remove();
            next.proceed();
        });
        handler.handleRequest(exchange);
    }

    /** Where it listens; the real port. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    }

    /** Closes the listener and its connections. */
    @Override
    public void close() {
        server.stop();
    }
}
