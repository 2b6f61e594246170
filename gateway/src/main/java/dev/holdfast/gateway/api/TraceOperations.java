// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Fields;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.gateway.trace.Trace;
import dev.holdfast.gateway.trace.Traces;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Has all gateways tell their logs what becomes of a client, for a while. */
final class TraceOperations {
    private static final int USUAL_SECONDS = 300;
    private static final int MOST_SECONDS = 3_600;
    private static final int MOST_CHARS = 65_535;

    private final ApiServices services;
    private final Peers peers;
    private final SecureRandom random = new SecureRandom();

    TraceOperations(ApiServices services, Peers peers) {
        this.services = services;
        this.peers = peers;
    }

    CompletionStage<Answer> begin(Request request) throws Problem {
        Fields fields = request.fields().only(Set.of("client", "prefix", "seconds"));
        boolean isPrefix = fields.has("prefix");
        if (isPrefix && fields.has("client")) {
            throw Problem.badField("prefix", "expected either client or prefix");
        }
        String field = isPrefix ? "prefix" : "client";
        String client = fields.text(field);
        if (client.isEmpty() || client.length() > MOST_CHARS) {
            throw Problem.badField(field, "expected 1 to " + MOST_CHARS + " characters");
        }
        long seconds = fields.number("seconds", 1, MOST_SECONDS, USUAL_SECONDS);
        Trace trace = new Trace(
                Integer.toHexString(random.nextInt()),
                client,
                isPrefix,
                Instant.now().plusSeconds(seconds));
        ObjectNode question = Json.object()
                .put("ask", "trace")
                .put("id", trace.id())
                .put("client", client)
                .put("isPrefix", isPrefix)
                .put("seconds", seconds);
        return peers.askAll(services.inquiries().gateways(), question).thenCompose(answers -> {
            boolean isFull = answers.values().stream()
                    .anyMatch(each -> each.has("begun") && !each.path("begun").asBoolean());
            if (isFull) {
                return peers.askAll(services.inquiries().gateways(), ending(trace.id()))
                        .thenCompose(nothing -> CompletableFuture.failedFuture(new Problem(
                                Problem.Kind.CONFLICT, "there are " + Traces.MOST + " traces; end one of them")));
            }
            ObjectNode json = described(trace);
            ArrayNode gateways = json.putArray("gateways");
            ArrayNode silent = json.putArray("silentGateways");
            answers.forEach((gateway, answer) -> (answer.isEmpty() ? silent : gateways).add(gateway));
            return CompletableFuture.completedFuture(new Answer(201, json, Map.of()));
        });
    }

    private static ObjectNode ending(String id) {
        return Json.object().put("ask", "trace-end").put("id", id);
    }

    private static ObjectNode described(Trace trace) {
        return Json.object()
                .put("id", trace.id())
                .put("client", trace.isPrefix() ? null : trace.client())
                .put("prefix", trace.isPrefix() ? trace.client() : null)
                .put("until", trace.until().toString());
    }

    CompletionStage<Answer> end(Request request) {
        return peers.askAll(services.inquiries().gateways(), ending(request.variable()))
                .thenCompose(answers -> answers.values().stream()
                                .anyMatch(each -> each.path("ended").asBoolean())
                        ? CompletableFuture.completedFuture(Answer.nothing())
                        : CompletableFuture.failedFuture(
                                new Problem(Problem.Kind.NOT_FOUND, "there is no such trace", "trace")));
    }

    CompletionStage<Answer> list(Request request) {
        return peers.askAll(services.inquiries().gateways(), Json.object().put("ask", "traces"))
                .thenApply(answers -> {
                    Map<String, ObjectNode> all = new TreeMap<>();
                    answers.forEach((gateway, answer) -> answer.path("traces").forEach(each -> {
                        ObjectNode one = all.computeIfAbsent(each.path("id").asText(), id -> {
                            ObjectNode first = each.deepCopy();
                            first.putArray("gateways");
                            return first;
                        });
                        one.withArray("gateways").add(gateway);
                    }));
                    ObjectNode json = Json.object();
                    all.values().forEach(json.putArray("traces")::add);
                    return Answer.ok(json);
                });
    }

    /** Begins a trace here, and has those who are connected looked at. */
    ObjectNode beginHere(Fields fields) throws Problem {
        Trace trace = new Trace(
                fields.text("id"),
                fields.text("client"),
                fields.flag("isPrefix", false),
                Instant.now().plusSeconds(fields.number("seconds", 1, MOST_SECONDS)));
        boolean isBegun = services.traces().begin(trace);
        if (isBegun) {
            services.sessions()
                    .live()
                    .filter(each -> trace.isAbout(each.clientId()))
                    .forEach(each -> each.retrace());
        }
        return Json.object().put("begun", isBegun);
    }

    ObjectNode endHere(Fields fields) throws Problem {
        return Json.object().put("ended", services.traces().end(fields.text("id")));
    }

    ObjectNode listHere() {
        ObjectNode json = Json.object();
        ArrayNode all = json.putArray("traces");
        services.traces().list().forEach(each -> all.add(described(each)));
        return json;
    }
}
