// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers whoever operates the gateway: all of {@link HealthHandler}, {@code /revocations}, which changes who may come
 * in; see {@link RevocationsHandler}; and what the API has under {@code /api/}; 503 until the gateway has started.
 */
public final class AdminHandler implements HttpHandler {
    private final HealthHandler looks;
    private volatile @Nullable RevocationsHandler revocations;
    private volatile @Nullable HttpHandler api;

    /** A handler that leaves what only looks to another. */
    public AdminHandler(HealthHandler looks) {
        this.looks = looks;
    }

    /** A handler with all of it; see {@link HealthHandler#HealthHandler}. */
    public AdminHandler(Readiness readiness, Supplier<String> scrape) {
        this(new HealthHandler(readiness, scrape));
    }

    /** Answers {@code /api/...} from now on. */
    public void api(HttpHandler handler) {
        api = handler;
    }

    /** Answers for revocations from now on. */
    public void revocations(RevocationsHandler handler) {
        revocations = handler;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (exchange.getRequestPath().startsWith("/api/")) {
            later(exchange, api);
            return;
        }
        if (!exchange.getRequestPath().equals("/revocations")) {
            looks.handleRequest(exchange);
            return;
        }
        later(exchange, revocations);
    }

    private static void later(HttpServerExchange exchange, @Nullable HttpHandler handler) throws Exception {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        if (handler != null) {
            handler.handleRequest(exchange);
        } else {
            HealthHandler.answer(
                    exchange, StatusCodes.SERVICE_UNAVAILABLE, "application/json", "{\"error\":\"starting\"}\n");
        }
    }
}
