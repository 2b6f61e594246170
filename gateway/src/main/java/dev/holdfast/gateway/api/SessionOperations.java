// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Fields;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogEnds;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at one session, and does things to it, wherever its client is connected. */
final class SessionOperations {
    private static final int MOST_QUEUE_BYTES = 512 * 1024;
    /** An expiry interval of MQTT 5 is four bytes; the largest one means never. */
    static final long LONGEST_SECONDS = 0xFFFF_FFFFL;

    private static final long MICROS = 1_000;

    private final ApiServices services;
    private final SessionStore store;
    private final Peers peers;

    SessionOperations(ApiServices services, Peers peers) {
        this.services = services;
        this.store = services.store();
        this.peers = peers;
    }

    /** What can be told of a session without asking its gateway. */
    static ObjectNode summary(SessionView view) {
        ObjectNode json = Json.object()
                .put("client", view.clientId())
                .put("principal", view.principal())
                .put("online", view.owner() != null)
                .put("gateway", view.owner())
                .put("since", Instant.ofEpochMilli(view.epoch() / MICROS).toString())
                .put("begunAt", Instant.ofEpochMilli(view.born() / MICROS).toString());
        boolean isNever = view.expiry().toSeconds() >= LONGEST_SECONDS;
        if (isNever) {
            json.putNull("expirySeconds");
        } else {
            json.put("expirySeconds", view.expiry().toSeconds());
        }
        Instant endsAt = view.endsAt();
        json.put("endsAt", endsAt == null ? null : endsAt.toString());
        json.put("endsInSeconds", endsAt == null ? null : Math.max(0, secondsTo(endsAt)));
        return json.put(
                        "subscriptionCount",
                        view.subscriptions().size() + readingLogs(view).count())
                .put("queued", view.queuedMessages())
                .put("queuedBytes", view.queuedBytes())
                .put("dropped", view.droppedMessages());
    }

    private static long secondsTo(Instant at) {
        return Duration.between(Instant.now(), at).toSeconds();
    }

    private static long age(long arrivedAtMillis) {
        return Math.max(0, -secondsTo(Instant.ofEpochMilli(arrivedAtMillis)));
    }

    static Problem unknown(String clientId) {
        return new Problem(Problem.Kind.NOT_FOUND, "there is no session of this client identifier", "client");
    }

    private static <T> CompletionStage<T> found(@Nullable T answer, String clientId) {
        return answer == null
                ? CompletableFuture.failedFuture(unknown(clientId))
                : CompletableFuture.completedFuture(answer);
    }

    CompletionStage<Answer> look(Request request) {
        String clientId = request.variable();
        return store.find(clientId)
                .thenCompose(view -> found(view, clientId))
                .thenCompose(view -> store.peek(clientId, 0, 1, 1)
                        .thenCombine(connection(view), (head, connection) -> whole(view, head, connection))
                        .thenCompose(json ->
                                addLogs(json.withArray("subscriptions"), view).thenApply(nothing -> Answer.ok(json))));
    }

    /** Adds the subscriptions that read logs, with what each has not read; null if its log does not answer. */
    private CompletionStage<?> addLogs(ArrayNode subscriptions, SessionView view) {
        CompletionStage<@Nullable Void> added = CompletableFuture.completedFuture(null);
        for (LogCursor cursor : readingLogs(view)
                .limit(Math.max(0, Request.MOST - subscriptions.size()))
                .toList()) {
            CompletionStage<@Nullable Long> unread = services.logs()
                    .read(cursor.subscription().filter(), Long.MAX_VALUE, 1, 1)
                    .thenApply(page -> page == null ? 0L : unread(cursor, page.ends()))
                    .exceptionally(away -> null);
            added = added.thenCombine(unread, (nothing, count) -> {
                subscriptions.add(subscription(cursor.subscription(), true).put("unread", count));
                return null;
            });
        }
        return added;
    }

    private static long unread(LogCursor cursor, LogEnds ends) {
        long done = Arrays.stream(cursor.done())
                .filter(index -> index >= ends.first())
                .count();
        return Math.max(0, ends.from(cursor.first()) - done);
    }

    private CompletionStage<@Nullable ObjectNode> connection(SessionView view) {
        String owner = view.owner();
        if (owner == null) {
            return CompletableFuture.completedFuture(null);
        }
        ObjectNode question = Json.object().put("ask", "client").put("client", view.clientId());
        return peers.ask(owner, question)
                .<@Nullable ObjectNode>thenApply(
                        answer -> answer.path("here").asBoolean() ? answer.without(List.of("here")) : null)
                .exceptionally(silent -> null);
    }

    private static ObjectNode whole(
            SessionView view, @Nullable List<QueuedMessage> head, @Nullable ObjectNode connection) {
        ObjectNode json = summary(view);
        ArrayNode subscriptions = json.putArray("subscriptions");
        view.subscriptions().stream()
                .limit(Request.MOST)
                .forEach(each -> subscriptions.add(subscription(each, false).putNull("unread")));
        Message oldest = head == null || head.isEmpty() ? null : head.get(0).message();
        json.put("oldestQueuedAt", oldest == null ? null : at(oldest.arrivedAtMillis()));
        json.put("oldestQueuedSeconds", oldest == null ? null : age(oldest.arrivedAtMillis()));
        json.put("will", view.hasWill());
        json.put("willDueAt", view.willDueAt() == null ? null : view.willDueAt().toString());
        json.set("connection", connection);
        return json;
    }

    /** The cursors of subscriptions that go on. */
    private static Stream<LogCursor> readingLogs(SessionView view) {
        return view.cursors().stream().filter(cursor -> cursor.end() == 0);
    }

    private static ObjectNode subscription(Subscription subscription, boolean readsLog) {
        return Json.object()
                .put("filter", subscription.filter())
                .put("qos", subscription.qos())
                .put("noLocal", subscription.noLocal())
                .put("retainAsPublished", subscription.retainAsPublished())
                .put("retainHandling", subscription.retainHandling())
                .put("identifier", subscription.identifier() == 0 ? null : subscription.identifier())
                .put("readsLog", readsLog);
    }

    private static String at(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    CompletionStage<Answer> queue(Request request) throws Problem {
        String clientId = request.variable();
        int limit = request.limit();
        boolean withPayload = "true".equals(request.word("payload", Set.of("true", "false")));
        long from = request.number("cursor", 0, Integer.MAX_VALUE, 0);
        return store.find(clientId)
                .thenCompose(view -> found(view, clientId))
                .thenCombine(store.peek(clientId, from, limit, MOST_QUEUE_BYTES), (view, messages) -> {
                    if (messages == null) {
                        throw new CompletionException(unknown(clientId));
                    }
                    ObjectNode json = Json.object();
                    ArrayNode all = json.putArray("messages");
                    messages.forEach(each -> all.add(message(each, view.identifiers(), withPayload)));
                    boolean isFull = messages.size() >= limit
                            || messages.stream()
                                            .map(QueuedMessage::message)
                                            .mapToLong(each -> each == null ? 0 : each.size())
                                            .sum()
                                    >= MOST_QUEUE_BYTES;
                    json.put(
                            "next",
                            isFull
                                    ? Long.toString(
                                            messages.get(messages.size() - 1).seq() + 1)
                                    : null);
                    return Answer.ok(json);
                });
    }

    private static ObjectNode message(QueuedMessage queued, int identifiers, boolean withPayload) {
        ObjectNode json = Json.object()
                .put("seq", queued.seq())
                .put("packetId", QueuedMessage.packetId(queued.seq(), identifiers))
                .put("qos", queued.qos())
                .put("state", queued.state().name().toLowerCase(Locale.ROOT));
        Message message = queued.message();
        return message == null ? json : described(json, message, withPayload);
    }

    /** A message as all of the API tells it. */
    static ObjectNode described(ObjectNode json, Message message, boolean withPayload) {
        json.put("topic", message.topic())
                .put("retain", message.isRetain())
                .put("bytes", message.payloadLength())
                .put("arrivedAt", at(message.arrivedAtMillis()))
                .put("ageSeconds", age(message.arrivedAtMillis()))
                .put("expiresAt", message.expiresAtMillis() == Message.NEVER ? null : at(message.expiresAtMillis()));
        if (withPayload) {
            byte[] payload = Arrays.copyOfRange(message.body(), message.payloadOffset(), message.body().length);
            json.put("payloadBase64", Base64.getEncoder().encodeToString(payload));
        }
        return json;
    }

    CompletionStage<Answer> end(Request request) {
        String clientId = request.variable();
        return services.eviction()
                .kick(clientId)
                .thenCompose(was -> was
                        ? CompletableFuture.completedFuture(Answer.nothing())
                        : CompletableFuture.failedFuture(unknown(clientId)));
    }

    CompletionStage<Answer> kick(Request request) {
        String clientId = request.variable();
        return store.find(clientId).thenCompose(view -> found(view, clientId)).thenCompose(view -> {
            String owner = view.owner();
            if (owner == null) {
                return CompletableFuture.failedFuture(
                        new Problem(Problem.Kind.CONFLICT, "the client is not connected", "client"));
            }
            ObjectNode question = Json.object().put("ask", "disconnect").put("client", clientId);
            return peers.ask(owner, question)
                    .thenApply(answer -> Answer.ok(Json.object()
                            .put("client", clientId)
                            .put("gateway", owner)
                            .put("disconnected", answer.path("here").asBoolean())));
        });
    }

    CompletionStage<Answer> purge(Request request) {
        String clientId = request.variable();
        return store.purge(clientId)
                .thenCompose(purged -> found(purged, clientId))
                .thenCompose(purged -> {
                    ObjectNode question = Json.object().put("ask", "purged").put("client", clientId);
                    return told(purged.owner(), question)
                            .thenApply(nothing -> Answer.ok(
                                    Json.object().put("client", clientId).put("purged", purged.messages())));
                });
    }

    CompletionStage<Answer> change(Request request) throws Problem {
        String clientId = request.variable();
        Fields fields = request.fields().only(Set.of("expirySeconds"));
        long seconds = fields.number("expirySeconds", 1, LONGEST_SECONDS);
        return store.prolong(clientId, Duration.ofSeconds(seconds))
                .thenCompose(prolonged -> found(prolonged, clientId))
                .thenCompose(prolonged -> {
                    if (!prolonged.isKept()) {
                        return CompletableFuture.failedFuture(new Problem(
                                Problem.Kind.CONFLICT, "this session is clean: it ends with its connection", "client"));
                    }
                    ObjectNode question = Json.object()
                            .put("ask", "keep")
                            .put("client", clientId)
                            .put("seconds", seconds);
                    return told(prolonged.owner(), question);
                })
                .thenCompose(nothing -> store.find(clientId))
                .thenCompose(view -> found(view, clientId))
                .thenCompose(view -> keepLogs(view).thenApply(nothing -> Answer.ok(summary(view))));
    }

    /** The logs that a session reads live as long as it does. */
    private CompletionStage<?> keepLogs(SessionView view) {
        return CompletableFuture.allOf(readingLogs(view)
                .map(cursor -> services.logs()
                        .keep(cursor.subscription().filter(), view.expiry())
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new));
    }

    /** The owner is told, if there is one; one that does not answer finds it out later. */
    private CompletionStage<?> told(@Nullable String owner, ObjectNode question) {
        return owner == null
                ? CompletableFuture.completedFuture(true)
                : peers.ask(owner, question).handle((answer, silent) -> true);
    }
}
