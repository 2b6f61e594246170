// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * The internal HTTP listener, on threads of its own: a scrape never waits for MQTT traffic and MQTT traffic never
 * waits for a scrape. It has few connections; one that asks nothing gives way to the next that comes.
 */
public final class AdminListener implements AutoCloseable {
    private static final int WORKER_THREADS = 2;
    /** How long requests that are being answered are waited for at the end; then their threads are interrupted, and waited for as long. */
    private static final int PATIENCE_MILLIS = 1_000;

    /** Part of the reserve of descriptors that the listeners for clients leave. */
    static final int MOST_CONNECTIONS = 24;

    private static final int LONGEST_HEADER = 16 * 1024;
    private static final int LONGEST_REQUEST_MILLIS = 10_000;
    private static final int LONGEST_SILENCE_MILLIS = 20_000;
    private static final int BUFFER_BYTES = 16 * 1024;
    /** A body that is refused is read away up to here, so that its client sees why: it reads nothing while it writes. */
    private static final long MOST_READ_AWAY = 16L * 1024 * 1024;

    private final Undertow undertow;
    private final HttpOpenListener http;
    private final ByteBufferPool buffers;
    private final AcceptingChannel<StreamConnection> server;

    private AdminListener(
            Undertow undertow,
            HttpOpenListener http,
            ByteBufferPool buffers,
            AcceptingChannel<StreamConnection> server) {
        this.undertow = undertow;
        this.http = http;
        this.buffers = buffers;
        this.server = server;
    }

    /**
     * Listens.
     *
     * @param port 0 picks a free one
     * @throws IOException when the address cannot be bound
     */
    public static AdminListener open(String host, int port, HttpHandler handler) throws IOException {
        Undertow undertow = Undertow.builder()
                .setIoThreads(1)
                .setWorkerThreads(WORKER_THREADS)
                .setServerOption(UndertowOptions.SHUTDOWN_TIMEOUT, PATIENCE_MILLIS)
                .build();
        undertow.start();
        ByteBufferPool buffers = new DefaultByteBufferPool(true, BUFFER_BYTES, 2 * MOST_CONNECTIONS, 4);
        HttpOpenListener http = new HttpOpenListener(
                buffers,
                OptionMap.builder()
                        .set(UndertowOptions.ENABLE_HTTP2, false)
                        .set(UndertowOptions.MAX_HEADER_SIZE, LONGEST_HEADER)
                        .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, LONGEST_REQUEST_MILLIS)
                        .set(UndertowOptions.NO_REQUEST_TIMEOUT, LONGEST_SILENCE_MILLIS)
                        .set(UndertowOptions.MAX_ENTITY_SIZE, MOST_READ_AWAY)
                        .getMap());
        AdminConnections connections = new AdminConnections(MOST_CONNECTIONS);
        http.setRootHandler(exchange -> answerInTime(exchange, connections, handler));
        try {
            AcceptingChannel<StreamConnection> server = undertow.getWorker()
                    .createStreamConnectionServer(
                            new InetSocketAddress(host, port),
                            listener -> accept(listener, connections, http),
                            OptionMap.builder()
                                    .set(Options.TCP_NODELAY, true)
                                    .set(Options.REUSE_ADDRESSES, true)
                                    .getMap());
            server.resumeAccepts();
            return new AdminListener(undertow, http, buffers, server);
        } catch (IOException | RuntimeException e) {
            undertow.stop();
            buffers.close();
            throw e;
        }
    }

    private static void accept(
            AcceptingChannel<StreamConnection> server, AdminConnections connections, HttpOpenListener http) {
        try {
            StreamConnection socket = server.accept();
            if (socket != null && connections.enter(socket)) {
                http.handleEvent(socket);
            }
        } catch (IOException outOfDescriptors) {
            // The kernel keeps the connection; the next accept event tries again.
        }
    }

    /** A request whose body does not come, or whose answer is not taken, does not keep its connection. */
    private static void answerInTime(HttpServerExchange exchange, AdminConnections connections, HttpHandler handler)
            throws Exception {
        StreamConnection socket = ((AbstractServerConnection) exchange.getConnection()).getChannel();
        connections.asks(socket);
        if (exchange.getRequestContentLength() > MOST_READ_AWAY
                || exchange.getRequestHeaders().contains(Headers.EXPECT)) {
            // Who waits for 100 (Continue) sends no body after a refusal: the connection cannot be used again.
            exchange.setPersistent(false);
        }
        XnioExecutor.Key deadline = exchange.getIoThread()
                .executeAfter(() -> IoUtils.safeClose(socket), LONGEST_REQUEST_MILLIS, TimeUnit.MILLISECONDS);
        exchange.addExchangeCompleteListener((completed, next) -> {
            deadline.remove();
            connections.isAnswered(socket);
            next.proceed();
        });
        handler.handleRequest(exchange);
    }

    /** Where it listens; the real port. */
    public InetSocketAddress address() {
        return server.getLocalAddress(InetSocketAddress.class);
    }

    /** Closes the listener and its connections. */
    @Override
    public void close() {
        XnioWorker threads = undertow.getWorker();
        IoUtils.safeClose(server);
        http.closeConnections();
        undertow.stop();
        // A request that is still being answered would fail for want of a buffer; the collector has those of a pool
        // that is not closed.
        if (hasEnded(threads)) {
            buffers.close();
        }
    }

    private static boolean hasEnded(XnioWorker threads) {
        try {
            return threads.awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
