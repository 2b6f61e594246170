// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/**
 * Answers the operator's machines that only look.
 *
 * <ul>
 *   <li>{@code /healthz}: 200 while the process answers at all. Asks nobody else: a broken store is no reason to restart.
 *   <li>{@code /readyz}: 200 or 503, and a JSON object with every check.
 *   <li>{@code /metrics}: Prometheus' text format, or OpenMetrics if it is asked for.
 * </ul>
 */
public final class HealthHandler implements HttpHandler {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Readiness readiness;
    private final UnaryOperator<String> scrape;

    /**
     * A handler.
     *
     * @param readiness asked by each /readyz
     * @param scrape the metrics in the format of a content type; called on a worker thread
     */
    public HealthHandler(Readiness readiness, UnaryOperator<String> scrape) {
        this.readiness = readiness;
        this.scrape = scrape;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
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
                exchange.dispatch((HttpHandler) later -> {
                    String type = MetricsFormat.wanted(String.join(",", headers(later, Headers.ACCEPT)));
                    later.getResponseHeaders().put(Headers.VARY, "Accept");
                    answer(later, StatusCodes.OK, type, scrape.apply(type));
                });
            default ->
                answer(exchange, StatusCodes.NOT_FOUND, "text/plain", "there are /healthz, /readyz and /metrics\n");
        }
    }

    /** What {@code /readyz} answers. Does not block; never completes exceptionally. */
    public static CompletableFuture<ObjectNode> report(Readiness readiness) {
        Map<String, CompletableFuture<?>> looks = readiness.looks();
        return CompletableFuture.allOf(looks.values().toArray(new CompletableFuture<?>[0]))
                .handle((all, failed) -> report(failed == null, looks));
    }

    private void ready(HttpServerExchange exchange) {
        Map<String, CompletableFuture<?>> looks = readiness.looks();
        CompletableFuture.allOf(looks.values().toArray(new CompletableFuture<?>[0]))
                .whenComplete((all, failed) -> answer(
                        exchange,
                        failed == null ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE,
                        "application/json",
                        report(failed == null, looks) + "\n"));
    }

    private static ObjectNode report(boolean ready, Map<String, CompletableFuture<?>> looks) {
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
        return report;
    }

    private static String why(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return "no answer within " + Readiness.LOOK_SECONDS + " s";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private static List<String> headers(HttpServerExchange exchange, HttpString name) {
        HeaderValues values = exchange.getRequestHeaders().get(name);
        return values == null ? List.of() : values;
    }

    static void answer(HttpServerExchange exchange, int status, String type, String body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(body);
    }
}
