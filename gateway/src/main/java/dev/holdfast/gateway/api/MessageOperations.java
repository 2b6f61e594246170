// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Fields;
import dev.holdfast.gateway.api.http.IdempotencyKeys;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.gateway.codec.MalformedPacketException;
import dev.holdfast.gateway.codec.PublishDraft;
import dev.holdfast.gateway.routing.Published;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.topic.Topics;
import dev.holdfast.gateway.topic.Topics.Validity;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Publishes, and looks after retained messages. */
final class MessageOperations {
    private static final int MOST_IN_A_BATCH = 1_000;
    private static final int MOST_RETAINED_A_PAGE = 100;
    /** Shorter than the whole request has: what is done of a batch is told. */
    private static final long PATIENCE_SECONDS = 6;

    private static final String PUBLISHER = "$api";
    private static final Set<String> FIELDS = Set.of(
            "topic",
            "payload",
            "payloadBase64",
            "qos",
            "retain",
            "expirySeconds",
            "contentType",
            "responseTopic",
            "correlationDataBase64",
            "userProperties",
            "idempotencyKey");

    private final ApiServices services;
    private final long origin = new SecureRandom().nextLong();
    private final IdempotencyKeys keys = new IdempotencyKeys();
    private final AtomicLong count = new AtomicLong();

    MessageOperations(ApiServices services) {
        this.services = services;
    }

    // ---- publish

    CompletionStage<Answer> publish(Request request) throws Problem {
        return publish(request.fields(), request.idempotencyKey()).thenApply(Answer::ok);
    }

    CompletionStage<Answer> publishAll(Request request) throws Problem {
        ArrayNode all = request.fields().only(Set.of("messages")).listOrNull("messages");
        if (all == null || all.isEmpty() || all.size() > MOST_IN_A_BATCH) {
            throw Problem.badField("messages", "expected 1 to " + MOST_IN_A_BATCH + " messages");
        }
        List<CompletableFuture<ObjectNode>> results = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            String key = request.idempotencyKey();
            results.add(one(all.get(i), "messages[" + i + "]", key == null ? null : key + "/" + i));
        }
        return CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
                .thenApply(nothing -> {
                    ObjectNode json = Json.object();
                    ArrayNode told = json.putArray("results");
                    results.forEach(each -> told.add(each.join()));
                    return Answer.ok(json);
                });
    }

    private CompletableFuture<ObjectNode> one(JsonNode item, String place, @Nullable String key) {
        try {
            if (!(item instanceof ObjectNode fields)) {
                throw Problem.badField(place, "expected an object");
            }
            return publish(new Fields(fields), key).exceptionally(failure -> {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                Problem problem = cause instanceof Problem known
                        ? known
                        : new Problem(Problem.Kind.STORE_AWAY, "whether it was published is not known");
                return Json.object().put("status", problem.status()).set("problem", problem.toJson());
            });
        } catch (Problem problem) {
            Problem placed = item.isObject() ? problem.in(place) : problem;
            return CompletableFuture.completedFuture(
                    Json.object().put("status", placed.status()).set("problem", placed.toJson()));
        }
    }

    private static ObjectNode result(Published published) {
        return Json.object().put("status", 200).put("result", published.name().toLowerCase(Locale.ROOT));
    }

    /** What is published under a key is published once. */
    private CompletableFuture<ObjectNode> publish(Fields fields, @Nullable String outerKey) throws Problem {
        String own = fields.textOrNull("idempotencyKey");
        String key = own == null ? outerKey : Request.idempotencyKey("idempotencyKey", own);
        Message message = message(fields, key);
        if (key == null) {
            return publish(message, false).thenApply(MessageOperations::result);
        }
        byte[] asked = IdempotencyKeys.hash(fields.json().toString());
        IdempotencyKeys.Once once = keys.once(key, asked, () -> publish(message, true));
        return once.result().thenApply(published -> {
            ObjectNode json = result(published);
            return once.isRepeated() ? json.put("repeated", true) : json;
        });
    }

    private MessageId id(@Nullable String key) {
        if (key == null) {
            return MessageId.of(origin, count.incrementAndGet(), PUBLISHER);
        }
        long[] numbers = IdempotencyKeys.numbers(key);
        return MessageId.of(numbers[0], numbers[1], PUBLISHER);
    }

    /** On the thread of its topic, so that what is published on it in this order stays in it; takes as long as a packet. */
    private CompletableFuture<Published> publish(Message message, boolean mayRepeat) {
        if (services.router().isBehind()) {
            return CompletableFuture.failedFuture(
                    new Problem(Problem.Kind.STORE_AWAY, "too much waits for the store; nothing was done"));
        }
        List<SessionThread> threads = services.threads();
        SessionThread thread = threads.get(Math.floorMod(message.topic().hashCode(), threads.size()));
        CompletableFuture<Published> done = new CompletableFuture<>();
        thread.execute(() -> services.router()
                .publish(thread, message, null, mayRepeat, Debtor.NOBODY)
                .whenComplete((published, failure) -> {
                    if (failure == null) {
                        done.complete(published);
                    } else {
                        done.completeExceptionally(failure);
                    }
                }));
        return done.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Message message(Fields all, @Nullable String key) throws Problem {
        Fields fields = all.only(FIELDS);
        String topic = fields.text("topic");
        if (topic.startsWith("$")) {
            throw Problem.badField("topic", "topics that begin with $ are the gateway's own");
        }
        String text = fields.textOrNull("payload");
        byte[] binary = base64(fields, "payloadBase64");
        if (text != null && binary != null) {
            throw Problem.badField("payload", "expected either payload or payloadBase64");
        }
        byte[] payload = text != null ? text.getBytes(StandardCharsets.UTF_8) : binary != null ? binary : new byte[0];
        PublishDraft draft = new PublishDraft(
                topic,
                payload,
                (int) fields.number("qos", 0, 2, 0),
                fields.flag("retain", false),
                fields.number("expirySeconds", 0, SessionOperations.LONGEST_SECONDS, -1),
                text != null,
                fields.textOrNull("contentType"),
                fields.textOrNull("responseTopic"),
                base64(fields, "correlationDataBase64"),
                userProperties(fields));
        try {
            return draft.toMessage(id(key), services.limits(), services.maxPacketBytes(), System.currentTimeMillis());
        } catch (MalformedPacketException e) {
            String field = e.kind() == MalformedPacketException.Kind.TOPIC_NAME_INVALID ? "topic" : null;
            String why = String.valueOf(e.getMessage());
            throw field == null ? new Problem(Problem.Kind.BAD_REQUEST, why) : Problem.badField(field, why);
        }
    }

    private static byte @Nullable [] base64(Fields fields, String name) throws Problem {
        String text = fields.textOrNull(name);
        try {
            return text == null ? null : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw Problem.badField(name, "expected base64");
        }
    }

    private static List<Map.Entry<String, String>> userProperties(Fields fields) throws Problem {
        ArrayNode all = fields.listOrNull("userProperties");
        List<Map.Entry<String, String>> properties = new ArrayList<>();
        for (int i = 0; all != null && i < all.size(); i++) {
            String place = "userProperties[" + i + "]";
            if (!(all.get(i) instanceof ObjectNode each)) {
                throw Problem.badField(place, "expected {\"name\": ..., \"value\": ...}");
            }
            try {
                Fields property = new Fields(each).only(Set.of("name", "value"));
                properties.add(Map.entry(property.text("name"), property.text("value")));
            } catch (Problem e) {
                throw e.in(place);
            }
        }
        return properties;
    }

    // ---- retained

    CompletionStage<Answer> retained(Request request) throws Problem {
        String filter = request.parameter("filter") == null ? "#" : request.required("filter");
        boolean isFilter = Topics.filter(
                        filter,
                        services.limits().maxTopicBytes(),
                        services.limits().maxTopicLevels())
                == Validity.VALID;
        if (!isFilter || filter.startsWith("$share")) {
            throw Problem.badField("filter", "expected a topic filter, not a shared one");
        }
        int limit = request.number("limit", 1, MOST_RETAINED_A_PAGE, MOST_RETAINED_A_PAGE);
        String after = request.parameter("cursor") == null ? "" : request.required("cursor");
        List<String> topics = services.retained().topics(filter, after, limit);
        return services.retained().find(topics).thenApply(messages -> {
            ObjectNode json = Json.object();
            ArrayNode all = json.putArray("retained");
            messages.forEach(each ->
                    all.add(SessionOperations.described(Json.object().put("qos", each.qos()), each, false)));
            return Answer.ok(json.put("next", topics.size() < limit ? null : topics.get(topics.size() - 1)));
        });
    }

    CompletionStage<Answer> oneRetained(Request request) throws Problem {
        String topic = request.required("topic");
        return services.retained()
                .find(List.of(topic))
                .thenCompose(messages -> messages.isEmpty()
                        ? CompletableFuture.failedFuture(nothing())
                        : Answer.now(SessionOperations.described(
                                Json.object().put("qos", messages.get(0).qos()), messages.get(0), true)));
    }

    private static Problem nothing() {
        return new Problem(Problem.Kind.NOT_FOUND, "this topic has no retained message", "topic");
    }

    CompletionStage<Answer> deleteRetained(Request request) throws Problem {
        String topic = request.required("topic");
        return services.retained()
                .find(List.of(topic))
                .thenCompose(messages -> messages.isEmpty()
                        ? CompletableFuture.failedFuture(nothing())
                        : services.retained()
                                .clear(topic, System.currentTimeMillis())
                                .thenApply(cleared -> Answer.nothing()));
    }
}
