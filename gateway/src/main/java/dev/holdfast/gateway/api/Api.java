// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.AccessCheck;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.ApiTokens;
import dev.holdfast.gateway.api.http.Endpoint;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.gateway.api.http.Role;
import dev.holdfast.gateway.api.http.Target;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.observe.Refused;
import dev.holdfast.store.StoreBusyException;
import dev.holdfast.store.StoreUnavailableException;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1/...}: who asks is checked first, then what is asked; the body is read up to a bound without a thread that
 * waits for it; the work is done on a worker thread of the internal listener.
 */
public final class Api implements HttpHandler {
    /** Where all of it begins. */
    public static final String PREFIX = "/api/v1";

    private static final Logger LOG = LoggerFactory.getLogger("dev.holdfast.api");
    /** Shorter than the listener waits before it closes a connection. */
    private static final long MOST_SECONDS = 8;

    private static final HttpString IDEMPOTENCY_KEY = new HttpString("Idempotency-Key");
    private static final HttpString NO_SNIFF = new HttpString("X-Content-Type-Options");

    private final AccessCheck access;
    private final List<Endpoint> endpoints;
    private final Metrics metrics;
    private final OnlineEverywhere onlineEverywhere;
    private final ConnectionsEverywhere connections;

    /** The API of one gateway; what other gateways ask of this one is answered from now on, too. */
    public Api(ApiServices services, ApiTokens tokens, GatewayFacts facts, GatewayOrders orders) {
        access = new AccessCheck(tokens);
        metrics = services.metrics();
        Peers peers = new Peers(services, facts, orders);
        endpoints = Endpoints.of(services, peers, orders);
        onlineEverywhere = new OnlineEverywhere(services, peers);
        connections = new ConnectionsEverywhere(services, peers);
        showQueues(new QueuesEverywhere(services, peers));
    }

    private void showQueues(QueuesEverywhere queues) {
        showQueues(
                queues,
                "queued.messages",
                "Messages in the queues of kept sessions that are not acknowledged",
                QueueWalk.Totals::messages);
        showQueues(
                queues,
                "queued.bytes",
                "Bytes of the messages in the queues of kept sessions",
                QueueWalk.Totals::bytes);
        showQueues(
                queues,
                "queued.age.seconds",
                "How long ago the walk began that the sums of the queues are from",
                QueueWalk.Totals::ageSeconds);
    }

    /** NaN while nothing is known. */
    private void showQueues(
            QueuesEverywhere queues, String name, String what, ToDoubleFunction<QueueWalk.Totals> figure) {
        metrics.clusterGauge("cluster." + name, what, () -> {
            QueueWalk.Totals last = queues.last();
            return last == null ? Double.NaN : figure.applyAsDouble(last);
        });
    }

    /** How many clients are connected to any gateway, as last heard. */
    public LongSupplier onlineEverywhere() {
        return onlineEverywhere;
    }

    /** Asks how many clients each gateway has that is ready; empty if one of those that live does not answer. */
    public CompletionStage<Map<String, Long>> connections() {
        return connections.look().thenApply(look -> look.isWhole() ? look.ready() : Map.of());
    }

    /** All that can be asked. */
    List<Endpoint> endpoints() {
        return endpoints;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        exchange.getResponseHeaders().put(NO_SNIFF, "nosniff");
        try {
            begin(exchange);
        } catch (Problem problem) {
            tell(exchange, problem);
        }
    }

    private void begin(HttpServerExchange exchange) throws Problem {
        // Before anything is said about what there is.
        refuse(access.look(exchange, Role.READ));
        List<String> segments = Target.segments(pathBehindPrefix(exchange));
        Endpoint endpoint = null;
        List<String> variables = null;
        String method = exchange.getRequestMethod().equals(new HttpString("HEAD"))
                ? "GET"
                : exchange.getRequestMethod().toString();
        List<Endpoint> there =
                endpoints.stream().filter(each -> each.match(segments) != null).toList();
        for (Endpoint each : there) {
            if (each.method().equals(method)) {
                endpoint = each;
                variables = each.match(segments);
            }
        }
        if (endpoint == null || variables == null) {
            throw notThere(exchange, there);
        }
        refuse(access.look(exchange, endpoint.role()));
        Map<String, String> query = Target.parameters(exchange.getQueryString());
        for (String name : query.keySet()) {
            if (!endpoint.parameters().contains(name)) {
                throw Problem.badField(name, "no such parameter here");
            }
        }
        Request request = new Request(variables, query, null, idempotencyKey(exchange));
        if (endpoint.longestBody() == 0) {
            refuseBody(exchange);
            run(exchange, endpoint, request);
        } else {
            receive(exchange, endpoint, request);
        }
    }

    private static void refuse(@Nullable Problem problem) throws Problem {
        if (problem != null) {
            throw problem;
        }
    }

    private static @Nullable String idempotencyKey(HttpServerExchange exchange) throws Problem {
        HeaderValues keys = exchange.getRequestHeaders().get(IDEMPOTENCY_KEY);
        if (keys == null) {
            return null;
        }
        if (keys.size() != 1) {
            throw Problem.badField("Idempotency-Key", "expected once");
        }
        return Request.idempotencyKey("Idempotency-Key", keys.getFirst());
    }

    private static Problem notThere(HttpServerExchange exchange, List<Endpoint> there) {
        if (there.isEmpty()) {
            return new Problem(Problem.Kind.NOT_FOUND, "no such path; see " + PREFIX + "/openapi.json");
        }
        String methods = there.stream().map(Endpoint::method).sorted().collect(Collectors.joining(", "));
        exchange.getResponseHeaders().put(Headers.ALLOW, methods);
        return new Problem(Problem.Kind.METHOD_NOT_ALLOWED, "expected " + methods);
    }

    private static String pathBehindPrefix(HttpServerExchange exchange) throws Problem {
        String path = exchange.getRequestURI();
        int begin = exchange.isHostIncludedInRequestURI() ? path.indexOf('/', path.indexOf("://") + 3) : 0;
        if (begin < 0 || !path.startsWith(PREFIX + "/", begin)) {
            throw new Problem(Problem.Kind.NOT_FOUND, "no such path; see " + PREFIX + "/openapi.json");
        }
        return path.substring(begin + PREFIX.length());
    }

    /** What is sent where nothing is expected is read away by the listener. */
    private static void refuseBody(HttpServerExchange exchange) throws Problem {
        if (hasBody(exchange)) {
            throw new Problem(Problem.Kind.BAD_REQUEST, "expected no body");
        }
    }

    /** A request that says neither how long its body is nor that it comes in chunks has none (RFC 9112 section 6.3). */
    private static boolean hasBody(HttpServerExchange exchange) {
        return exchange.getRequestContentLength() > 0
                || exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING);
    }

    private void receive(HttpServerExchange exchange, Endpoint endpoint, Request request) throws Problem {
        String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
        if (!hasBody(exchange)) {
            run(exchange, endpoint, request);
            return;
        }
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new Problem(Problem.Kind.UNSUPPORTED_MEDIA_TYPE, "expected Content-Type: application/json");
        }
        if (exchange.getRequestContentLength() > endpoint.longestBody()) {
            throw tooLarge(endpoint);
        }
        Receiver receiver = exchange.getRequestReceiver();
        receiver.setMaxBufferSize(endpoint.longestBody()); // also where the length is not said
        receiver.receiveFullBytes(
                (same, bytes) -> {
                    try {
                        ObjectNode body = bytes.length == 0 ? null : Json.read(bytes);
                        run(same, endpoint, request.with(body));
                    } catch (Problem problem) {
                        tell(same, problem);
                    }
                },
                (same, failure) -> tell(same, tooLarge(endpoint)));
    }

    private static Problem tooLarge(Endpoint endpoint) {
        return new Problem(Problem.Kind.TOO_LARGE, "expected a body of at most " + endpoint.longestBody() + " bytes");
    }

    private void run(HttpServerExchange exchange, Endpoint endpoint, Request request) {
        exchange.dispatch(() -> {
            CompletionStage<Answer> answer;
            try {
                answer = endpoint.operation().run(request);
            } catch (Problem problem) {
                tell(exchange, problem);
                return;
            } catch (RuntimeException e) {
                tell(exchange, problem(e));
                return;
            }
            // What answers is the store's thread as a rule: the rest is done on ours.
            answer.toCompletableFuture()
                    .thenApply(same -> same)
                    .orTimeout(MOST_SECONDS, TimeUnit.SECONDS)
                    .whenCompleteAsync(
                            (done, failure) -> {
                                if (failure == null) {
                                    send(exchange, done);
                                } else {
                                    tell(exchange, problem(failure));
                                }
                            },
                            exchange.getConnection().getWorker());
        });
    }

    private static Problem problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof Problem problem) {
            return problem;
        }
        if (cause instanceof TimeoutException) {
            return new Problem(Problem.Kind.TIMEOUT, "no answer within " + MOST_SECONDS + " s; it may still be done");
        }
        if (cause instanceof GatewayOrders.NotUsable) {
            return new Problem(Problem.Kind.UNPROCESSABLE, String.valueOf(cause.getMessage()));
        }
        if (cause instanceof StoreUnavailableException || cause instanceof StoreBusyException) {
            return new Problem(Problem.Kind.STORE_AWAY, "the store does not answer; what was ordered may not be done");
        }
        LOG.warn("A request of the API could not be served", cause);
        return new Problem(Problem.Kind.BUG, "see the log of the gateway");
    }

    private void tell(HttpServerExchange exchange, Problem problem) {
        if (problem.kind() == Problem.Kind.UNAUTHORIZED) {
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Bearer realm=\"holdfast\"");
        }
        metrics.refused(Refused.valueOf("API_" + problem.kind().name()));
        exchange.setStatusCode(problem.status());
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/problem+json");
        exchange.getResponseSender().send(ByteBuffer.wrap(Json.write(problem.toJson())));
    }

    private static void send(HttpServerExchange exchange, Answer answer) {
        exchange.setStatusCode(answer.status());
        answer.headers().forEach((name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (answer.body() == null) {
            exchange.endExchange();
            return;
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        exchange.getResponseSender().send(ByteBuffer.wrap(Json.write(answer.body())));
    }
}
