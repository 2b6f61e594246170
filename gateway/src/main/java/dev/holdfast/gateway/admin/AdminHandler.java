// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers the operator's machines.
 *
 * <ul>
 *   <li>{@code /healthz}: 200 while the process answers at all. Asks nobody else: a broken store is no reason to restart.
 *   <li>{@code /readyz}: 200 or 503, and a JSON object with every check.
 *   <li>{@code /metrics}: Prometheus' text format.
 *   <li>{@code /revocations}: see {@link RevocationsHandler}; 503 until the gateway has started.
 * </ul>
 */
public final class AdminHandler implements HttpHandler {
    private static final long CHECK_SECONDS = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Readiness readiness;
    private final Supplier<String> scrape;
    private volatile @Nullable RevocationsHandler revocations;

    /**
     * A handler.
     *
     * @param readiness asked by each /readyz
     * @param scrape the metrics in Prometheus' text format; called on a worker thread
     */
    public AdminHandler(Readiness readiness, Supplier<String> scrape) {
        this.readiness = readiness;
        this.scrape = scrape;
    }

    /** Answers for revocations from now on. */
    public void revocations(RevocationsHandler handler) {
        revocations = handler;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        if (exchange.getRequestPath().equals("/revocations")) {
            RevocationsHandler handler = revocations;
            if (handler != null) {
                handler.handleRequest(exchange);
            } else {
                answer(exchange, StatusCodes.SERVICE_UNAVAILABLE, "application/json", "{\"error\":\"starting\"}\n");
            }
            return;
        }
        if (!exchange.getRequestMethod().equals(Methods.GET)
                && !exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.getResponseHeaders().put(Headers.ALLOW, "GET, HEAD");
            answer(exchange, StatusCodes.METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n");
            return;
        }
        switch (exchange.getRequestPath()) {
            case "/healthz" -> answer(exchange, StatusCodes.OK, "application/json", "{\"alive\":true}\n");
            case "/readyz" -> exchange.dispatch(SameThreadExecutor.INSTANCE, () -> ready(exchange));
            case "/metrics" ->
                exchange.dispatch((HttpHandler)
                        later -> answer(later, StatusCodes.OK, "text/plain; version=0.0.4", scrape.get()));
            default ->
                answer(
                        exchange,
                        StatusCodes.NOT_FOUND,
                        "text/plain",
                        "there are /healthz, /readyz, /metrics and /revocations\n");
        }
    }

    private void ready(HttpServerExchange exchange) {
        Map<String, CompletableFuture<?>> looks = new LinkedHashMap<>();
        readiness.checks().forEach((name, check) -> looks.put(name, look(check)));
        CompletableFuture.allOf(looks.values().toArray(new CompletableFuture<?>[0]))
                .whenComplete((all, failed) -> answer(
                        exchange,
                        failed == null ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
                        "application/json",
                        report(failed == null, looks) + "\n"));
    }

    private static CompletableFuture<?> look(ReadinessCheck check) {
        try {
            return check.look().toCompletableFuture().thenApply(ok -> ok).orTimeout(CHECK_SECONDS, TimeUnit.SECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static String report(boolean ready, Map<String, CompletableFuture<?>> looks) {
        ObjectNode report = JSON.createObjectNode().put("ready", ready);
        ObjectNode all = report.putObject("checks");
        looks.forEach((name, look) -> {
            ObjectNode one = all.putObject(name).put("ok", !look.isCompletedExceptionally());
            look.whenComplete((found, failure) -> {
                if (failure != null) {
                    one.put("why", why(failure));
                } else if (found instanceof String text) {
                    one.put("is", text);
                } else if (found instanceof ReadinessCheck.Degraded degraded) {
                    one.put("degraded", degraded.what());
                }
            });
        });
        return report.toString();
    }

    private static String why(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return "no answer within " + CHECK_SECONDS + " s";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private static void answer(HttpServerExchange exchange, int status, String type, String body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(body);
    }
}
