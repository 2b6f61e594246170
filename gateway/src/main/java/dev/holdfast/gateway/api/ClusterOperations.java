// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Fields;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.gateway.cluster.Surplus;
import dev.holdfast.gateway.routing.Listeners;
import dev.holdfast.gateway.topic.Topics;
import dev.holdfast.gateway.topic.Topics.Validity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What takes all gateways: how they are, who would get a message, and all connections of a principal. */
final class ClusterOperations {
    private static final int MOST_MOVED_A_SECOND = 1_000;
    private static final int USUALLY_MOVED_A_SECOND = 10;
    private static final int MOST_PRINCIPAL_CHARS = 2_048;

    private final ApiServices services;
    private final Peers peers;
    private final GatewayOrders orders;
    private final ConnectionsEverywhere connections;

    ClusterOperations(ApiServices services, Peers peers, GatewayOrders orders) {
        this.orders = orders;
        this.services = services;
        this.peers = peers;
        this.connections = new ConnectionsEverywhere(services, peers);
    }

    CompletionStage<Answer> gateways(Request request) {
        return peers.askAll(services.inquiries().gateways(), Json.object().put("ask", "gateway"))
                .thenApply(answers -> {
                    ObjectNode json =
                            Json.object().put("self", services.inquiries().self());
                    ArrayNode all = json.putArray("gateways");
                    answers.forEach((gateway, answer) -> {
                        ObjectNode one = Json.object().put("id", gateway).put("answers", !answer.isEmpty());
                        one.setAll(answer);
                        all.add(one);
                    });
                    return Answer.ok(json);
                });
    }

    /** The gateway that is meant by an id, or by {@code self}. */
    private String named(Request request) throws Problem {
        String named = request.variable();
        String self = services.inquiries().self();
        if (named.equals("self") || named.equals(self)) {
            return self;
        }
        if (!services.inquiries().gateways().contains(named)) {
            throw new Problem(Problem.Kind.NOT_FOUND, "there is no gateway of this id; see gateways", "gateway");
        }
        return named;
    }

    CompletionStage<Answer> drain(Request request) throws Problem {
        String gateway = named(request);
        return peers.ask(gateway, Json.object().put("ask", "drain"))
                .thenApply(answer -> new Answer(
                        202,
                        Json.object()
                                .put("gateway", gateway)
                                .put("draining", true)
                                .put("connections", answer.path("connections").asLong()),
                        Map.of()));
    }

    /** Has gateways that are ready and have more clients than their share move those off. */
    CompletionStage<Answer> rebalance(Request request) throws Problem {
        Fields fields = new Fields(request.body() == null ? Json.object() : request.body()).only(Set.of("perSecond"));
        long perSecond = fields.number("perSecond", 1, MOST_MOVED_A_SECOND, USUALLY_MOVED_A_SECOND);
        return connections.look().thenCompose(look -> move(look.ready(), Surplus.share(look.ready()), perSecond));
    }

    private CompletionStage<Answer> move(Map<String, Long> had, long share, long perSecond) {
        Map<String, CompletableFuture<Boolean>> asked = new LinkedHashMap<>();
        had.forEach((gateway, count) -> asked.put(
                gateway,
                count <= share
                        ? CompletableFuture.completedFuture(false)
                        : peers.ask(
                                        gateway,
                                        Json.object()
                                                .put("ask", "move")
                                                .put("count", count - share)
                                                .put("perSecond", perSecond))
                                .thenApply(answer -> answer.path("begun").asBoolean())
                                .exceptionally(silent -> false)));
        return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing -> {
                    ObjectNode json = Json.object().put("share", share);
                    ArrayNode all = json.putArray("gateways");
                    asked.forEach((gateway, begun) -> {
                        long count = Objects.requireNonNull(had.get(gateway));
                        all.add(Json.object()
                                .put("id", gateway)
                                .put("connections", count)
                                .put("moves", begun.join() ? count - share : 0));
                    });
                    return new Answer(202, json, Map.of());
                });
    }

    CompletionStage<Answer> reload(Request request) throws Problem {
        String gateway = named(request);
        // Asked of itself it has the time of the request, and not that of a question to another gateway.
        CompletionStage<ObjectNode> reloaded =
                gateway.equals(services.inquiries().self())
                        ? orders.reload().thenApply(Peers::json)
                        : peers.ask(gateway, Json.object().put("ask", "reload"));
        return reloaded.thenCompose(answer -> {
            if (answer.has("refused")) {
                return CompletableFuture.failedFuture(
                        new GatewayOrders.NotUsable(answer.path("refused").asText()));
            }
            ObjectNode json = Json.object().put("gateway", gateway);
            json.setAll(answer);
            return Answer.now(json);
        });
    }

    CompletionStage<Answer> disconnectAll(Request request) throws Problem {
        Fields fields = request.fields().only(Set.of("principal"));
        String principal = fields.text("principal");
        if (principal.isEmpty() || principal.length() > MOST_PRINCIPAL_CHARS) {
            throw Problem.badField("principal", "expected 1 to " + MOST_PRINCIPAL_CHARS + " characters");
        }
        ObjectNode question = Json.object().put("ask", "disconnect-all").put("principal", principal);
        return peers.askAll(services.inquiries().gateways(), question).thenApply(answers -> {
            ObjectNode json = Json.object()
                    .put("principal", principal)
                    .put(
                            "disconnected",
                            answers.values().stream()
                                    .mapToInt(each -> each.path("count").asInt())
                                    .sum());
            ArrayNode silent = json.putArray("silentGateways");
            answers.forEach((gateway, answer) -> {
                if (answer.isEmpty()) {
                    silent.add(gateway);
                }
            });
            return Answer.ok(json);
        });
    }

    CompletionStage<Answer> listeners(Request request) throws Problem {
        String topic = request.required("topic");
        if (Topics.name(
                        topic,
                        services.limits().maxTopicBytes(),
                        services.limits().maxTopicLevels())
                != Validity.VALID) {
            throw Problem.badField("topic", "expected a topic name, without + and #, within the limits");
        }
        int limit = request.limit();
        Listeners here = services.routes().listeners(topic, limit);
        Set<String> others = new LinkedHashSet<>(here.gateways());
        here.groups().forEach(group -> others.addAll(group.gateways()));
        ObjectNode question =
                Json.object().put("ask", "clean-listeners").put("topic", topic).put("most", limit);
        return peers.askAll(others, question).thenApply(answers -> Answer.ok(listeners(topic, here, answers, limit)));
    }

    private ObjectNode listeners(String topic, Listeners here, Map<String, ObjectNode> answers, int limit) {
        String self = services.inquiries().self();
        List<JsonNode> sessions = new ArrayList<>();
        here.sessions().forEach(each -> sessions.add(Peers.listener(each, self)));
        answers.values().forEach(each -> each.path("sessions").forEach(sessions::add));
        boolean isWhole = here.sessionCount() <= limit && sessions.size() <= limit;
        ObjectNode json = Json.object().put("topic", topic);
        ArrayNode told = json.putArray("sessions");
        sessions.stream().limit(limit).forEach(told::add);
        ArrayNode groups = json.putArray("shared");
        for (Listeners.Group group : here.groups()) {
            ObjectNode one = Json.object().put("filter", group.filter());
            ArrayNode members = one.putArray("members");
            group.members().forEach(each -> members.add(Peers.listener(each, self)));
            answers.values()
                    .forEach(each -> each.path("groups").path(group.filter()).forEach(members::add));
            groups.add(one);
            isWhole &= group.memberCount() <= limit;
        }
        ArrayNode logs = json.putArray("logs");
        here.logs().stream().limit(limit).forEach(logs::add);
        isWhole &= here.logs().size() <= limit;
        ArrayNode silent = json.putArray("silentGateways");
        answers.forEach((gateway, answer) -> {
            if (answer.isEmpty()) {
                silent.add(gateway);
            }
        });
        return json.put("complete", isWhole && silent.isEmpty());
    }
}
