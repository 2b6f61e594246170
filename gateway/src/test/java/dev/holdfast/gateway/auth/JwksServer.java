// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A JWKS server on a loopback port that misbehaves in the way a test asks for. */
public final class JwksServer implements AutoCloseable {
    /** How it answers. */
    public enum Mood {
        WELL,
        STATUS_500,
        HTML,
        NEVER,
        DRIP,
        TOO_MUCH,
        ENDLESS,
        REDIRECT
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger redirected = new AtomicInteger();
    private HttpServer server;

    public volatile Mood mood = Mood.WELL;
    public volatile String jwks;
    public volatile String location = "/elsewhere";

    public JwksServer(String jwks) throws IOException {
        this.jwks = jwks;
        this.server = listen(0);
    }

    private HttpServer listen(int port) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        http.setExecutor(threads);
        http.createContext("/jwks", this::answer);
        http.createContext("/elsewhere", exchange -> {
            redirected.incrementAndGet();
            send(exchange, 200, jwks);
        });
        http.start();
        return http;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
    }

    public int requests() {
        return requests.get();
    }

    public int redirected() {
        return redirected.get();
    }

    /** Stops listening: further connections are refused. */
    public void down() {
        server.stop(0);
    }

    /** Listens again on the same port. */
    public void up() throws IOException {
        server = listen(server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        switch (mood) {
            case WELL -> send(exchange, 200, jwks);
            case STATUS_500 -> send(exchange, 500, jwks);
            case HTML -> send(exchange, 200, "<html><body>Please sign in</body></html>");
            case TOO_MUCH -> send(exchange, 200, jwks.replaceFirst("\\{", "{\"x\":\"" + "y".repeat(300_000) + "\","));
            case REDIRECT -> {
                exchange.getResponseHeaders().set("Location", location);
                send(exchange, 302, "");
            }
            case NEVER -> await();
            case DRIP, ENDLESS -> drip(exchange);
        }
    }

    private void drip(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        byte[] some = new byte[mood == Mood.DRIP ? 1 : 65_536];
        java.util.Arrays.fill(some, (byte) ' ');
        try (OutputStream body = exchange.getResponseBody()) {
            while (mood == Mood.ENDLESS || !closing.await(50, TimeUnit.MILLISECONDS)) {
                body.write(some);
                body.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void await() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
