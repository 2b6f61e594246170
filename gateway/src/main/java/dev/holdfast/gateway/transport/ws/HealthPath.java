// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.ws;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Where balancers ask on the WebSocket port whether the gateway should get connections. Any version of HTTP will do, and
 * the connection is closed after the answer: the port is for WebSockets.
 *
 * @param path compared exactly
 * @param ready asked by each request, on the I/O thread, and must not block it; a failure is a no
 */
public record HealthPath(String path, Supplier<CompletionStage<Boolean>> ready) {

    /** Whether a request is a health check. */
    boolean isAskedBy(HttpServerExchange exchange) {
        return exchange.getRequestURI().equals(path)
                && (exchange.getRequestMethod().equals(Methods.GET)
                        || exchange.getRequestMethod().equals(Methods.HEAD));
    }

    void answer(HttpServerExchange exchange) {
        exchange.setPersistent(false);
        exchange.dispatch(
                SameThreadExecutor.INSTANCE,
                () -> ready.get().whenComplete((isReady, failure) -> answer(exchange, failure == null && isReady)));
    }

    private static void answer(HttpServerExchange exchange, boolean isReady) {
        exchange.setStatusCode(isReady ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain");
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        exchange.getResponseSender().send(isReady ? "ready\n" : "not ready\n");
    }
}
