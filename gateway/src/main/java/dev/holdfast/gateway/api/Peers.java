// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Fields;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.config.ConfigChange;
import dev.holdfast.gateway.routing.Listeners;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionFacts;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.connection.ClientFacts;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What gateways ask of each other for an operator: each answers for the connections that it has. */
final class Peers {
    private final ApiServices services;
    private final GatewayFacts facts;
    private final GatewayOrders orders;
    private final TraceOperations traces;
    private final QueueWalk queueWalk;

    Peers(ApiServices services, GatewayFacts facts, GatewayOrders orders) {
        this.orders = orders;
        this.traces = new TraceOperations(services, this);
        this.queueWalk = new QueueWalk(services.store());
        this.services = services;
        this.facts = facts;
        services.inquiries().answerBy(this::answer);
    }

    TraceOperations traces() {
        return traces;
    }

    QueueWalk queueWalk() {
        return queueWalk;
    }

    /** Asks a gateway; exceptionally if it does not answer. */
    CompletableFuture<ObjectNode> ask(String gateway, ObjectNode question) {
        return services.inquiries()
                .ask(gateway, Json.write(question))
                .thenCompose(answer -> {
                    try {
                        return CompletableFuture.completedFuture(Json.read(answer));
                    } catch (Problem e) {
                        return CompletableFuture.failedFuture(e);
                    }
                })
                .exceptionallyCompose(silent -> CompletableFuture.failedFuture(new Problem(
                        Problem.Kind.TIMEOUT, "gateway " + gateway + " does not answer; it may still be done")));
    }

    /** Asks several gateways the same; one that does not answer has an empty object. */
    CompletionStage<Map<String, ObjectNode>> askAll(Set<String> gateways, ObjectNode question) {
        Map<String, CompletableFuture<ObjectNode>> asked = new LinkedHashMap<>();
        for (String gateway : gateways) {
            asked.put(gateway, ask(gateway, question).exceptionally(silent -> Json.object()));
        }
        return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing -> {
                    Map<String, ObjectNode> answers = new LinkedHashMap<>();
                    asked.forEach((gateway, answer) -> answers.put(gateway, answer.join()));
                    return answers;
                });
    }

    private CompletionStage<byte[]> answer(byte[] question) {
        try {
            ObjectNode asked = Json.read(question);
            return answer(asked).thenApply(Json::write);
        } catch (Problem e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<ObjectNode> answer(ObjectNode asked) throws Problem {
        Fields fields = new Fields(asked);
        return switch (fields.text("ask")) {
            case "gateway" -> facts.look(services.sessions(), services.threads());
            case "client" -> client(fields.text("client"));
            case "disconnect" -> disconnect(fields.text("client"));
            case "disconnect-all" -> disconnectAll(fields.text("principal"));
            case "keep" -> keep(fields.text("client"), fields.number("seconds", 1, Long.MAX_VALUE));
            case "purged" -> purged(fields.text("client"));
            case "trace" -> CompletableFuture.completedFuture(traces.beginHere(fields));
            case "trace-end" -> CompletableFuture.completedFuture(traces.endHere(fields));
            case "traces" -> CompletableFuture.completedFuture(traces.listHere());
            case "online" ->
                CompletableFuture.completedFuture(
                        Json.object().put("online", services.sessions().online()));
            case "queues" -> CompletableFuture.completedFuture(queues());
            case "move" ->
                CompletableFuture.completedFuture(Json.object()
                        .put(
                                "begun",
                                services.rebalance()
                                        .begin(
                                                (int) fields.number("count", 1, Integer.MAX_VALUE),
                                                Duration.ofSeconds(1)
                                                        .dividedBy(fields.number("perSecond", 1, 1_000)))));
            case "drain" -> drain();
            case "reload" -> reload();
            case "clean-listeners" -> cleanListeners(fields.text("topic"), (int) fields.number("most", 1, 1_000));
            default -> CompletableFuture.failedFuture(new IllegalStateException("a question of another release"));
        };
    }

    private CompletionStage<ObjectNode> drain() {
        orders.drain();
        return CompletableFuture.completedFuture(
                Json.object().put("connections", services.sessions().online()));
    }

    private CompletionStage<ObjectNode> reload() {
        return orders.reload().thenApply(Peers::json).exceptionally(failure -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            return Json.object().put("refused", String.valueOf(cause == null ? failure : cause.getMessage()));
        });
    }

    static ObjectNode json(ConfigChange change) {
        ObjectNode json = Json.object();
        change.applied().forEach(json.putArray("applied")::add);
        change.needRestart().forEach(json.putArray("needRestart")::add);
        return json;
    }

    private @Nullable Session live(String clientId) {
        SessionSlot slot = services.sessions().find(clientId);
        return slot == null ? null : slot.live();
    }

    private static ObjectNode is(boolean here) {
        return Json.object().put("here", here);
    }

    private CompletionStage<ObjectNode> client(String clientId) {
        Session live = live(clientId);
        return live == null
                ? CompletableFuture.completedFuture(is(false))
                : live.facts().thenApply(Peers::json);
    }

    private static ObjectNode json(SessionFacts facts) {
        ClientFacts client = facts.client();
        ObjectNode json = is(true).put("address", client.connection().peer())
                .put("transport", client.connection().transport())
                .put("protocol", client.connection().protocol())
                .put("keepAliveSeconds", client.keepAliveSeconds())
                .put("inflight", facts.inflight())
                .put("receiveMaximum", facts.receiveMaximum())
                .put("inboundQos2", facts.inbound())
                .put("waiting", facts.waiting())
                .put("waitingBytes", facts.waitingBytes());
        return client.authorizedUntil() == null
                ? json.putNull("authorizedUntil")
                : json.put("authorizedUntil", client.authorizedUntil().toString());
    }

    private ObjectNode queues() {
        QueueWalk.Totals totals = queueWalk.last();
        return totals == null
                ? Json.object()
                : Json.object()
                        .put("messages", totals.messages())
                        .put("bytes", totals.bytes())
                        .put("ageSeconds", totals.ageSeconds());
    }

    private CompletionStage<ObjectNode> disconnect(String clientId) {
        Session live = live(clientId);
        if (live != null) {
            live.disconnect();
        }
        return CompletableFuture.completedFuture(is(live != null));
    }

    private CompletionStage<ObjectNode> disconnectAll(String principal) {
        List<Session> theirs = services.sessions()
                .live()
                .filter(each -> each.principal().equals(principal))
                .toList();
        theirs.forEach(Session::disconnect);
        return CompletableFuture.completedFuture(Json.object().put("count", theirs.size()));
    }

    private CompletionStage<ObjectNode> keep(String clientId, long seconds) {
        Session live = live(clientId);
        if (live != null) {
            live.keepFor(Duration.ofSeconds(seconds));
        }
        return CompletableFuture.completedFuture(is(live != null));
    }

    /** What it has in memory of the queue is not there any more. */
    private CompletionStage<ObjectNode> purged(String clientId) {
        Session live = live(clientId);
        if (live != null) {
            live.thread().execute(live.outbound()::dropped);
        }
        return CompletableFuture.completedFuture(is(true));
    }

    private CompletionStage<ObjectNode> cleanListeners(String topic, int most) {
        Listeners all = services.routes().listeners(topic, most);
        ObjectNode json = Json.object();
        ArrayNode sessions = json.putArray("sessions");
        all.sessions().stream()
                .filter(each -> !each.isKept())
                .forEach(
                        each -> sessions.add(listener(each, services.inquiries().self())));
        ObjectNode groups = json.putObject("groups");
        for (Listeners.Group group : all.groups()) {
            ArrayNode members = groups.putArray(group.filter());
            group.members().stream()
                    .filter(each -> !each.isKept())
                    .forEach(each ->
                            members.add(listener(each, services.inquiries().self())));
        }
        return CompletableFuture.completedFuture(json);
    }

    static ObjectNode listener(Listeners.Listener listener, String self) {
        ObjectNode json = Json.object().put("client", listener.clientId()).put("kept", listener.isKept());
        String gateway = listener.isHere() ? self : listener.owner();
        json.put("gateway", gateway).put("qos", listener.qos());
        listener.filters().forEach(json.putArray("filters")::add);
        return json;
    }
}
