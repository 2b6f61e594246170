// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.cli.terminal.Bytes;
import dev.holdfast.gateway.cli.terminal.Table;
import dev.holdfast.gateway.cli.terminal.Words;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** One session in full, for people. */
final class SessionReport {
    private static final String INDENT = "  ";
    private static final int TEXT_WIDTH = 14;

    private final JsonNode session;
    private final JsonNode queue;
    private final boolean withPayload;
    private final Instant now;

    SessionReport(JsonNode session, JsonNode queue, boolean withPayload, Instant now) {
        this.session = session;
        this.queue = queue;
        this.withPayload = withPayload;
        this.now = now;
    }

    void print(PrintWriter out) {
        boolean online = session.path("online").asBoolean();
        line(out, "client", text("client"));
        line(out, "principal", text("principal"));
        line(
                out,
                "state",
                (online ? "online at gateway " + text("gateway") : "offline") + ", for " + age("since") + " (since "
                        + text("since") + ")");
        line(out, "begun", age("begunAt") + " ago (" + text("begunAt") + ")");
        line(out, "ends", ends(online));
        connection(out);
        line(
                out,
                "queue",
                Words.count(session.path("queued").asLong(), "message") + ", "
                        + Words.bytes(session.path("queuedBytes").asLong())
                        + (session.path("oldestQueuedAt").isTextual()
                                ? ", the oldest came " + age("oldestQueuedAt") + " ago"
                                : ""));
        line(out, "dropped", Words.count(session.path("dropped").asLong(), "message"));
        line(
                out,
                "will",
                !session.path("will").asBoolean()
                        ? "none"
                        : session.path("willDueAt").isTextual()
                                ? "to be published in "
                                        + Words.until(session.path("willDueAt").textValue(), now)
                                : "yes");
        subscriptions(out);
        queue(out);
        out.flush();
    }

    private void connection(PrintWriter out) {
        JsonNode connection = session.path("connection");
        if (!connection.isObject()) {
            return;
        }
        line(
                out,
                "connection",
                connection.path("address").asText() + " over "
                        + connection.path("transport").asText("?") + ", MQTT "
                        + connection.path("protocol").asText() + ", keep alive "
                        + Words.seconds(connection.path("keepAliveSeconds").asLong()));
        line(
                out,
                "window",
                connection.path("inflight").asLong() + " of "
                        + connection.path("receiveMaximum").asLong() + " sent and not acknowledged, "
                        + connection.path("waiting").asLong() + " behind them");
        if (connection.path("authorizedUntil").isTextual()) {
            line(
                    out,
                    "token",
                    "ends in " + Words.until(connection.path("authorizedUntil").textValue(), now) + " ("
                            + connection.path("authorizedUntil").asText() + ")");
        }
    }

    private String ends(boolean online) {
        if (session.path("endsAt").isTextual()) {
            return "in " + Words.until(session.path("endsAt").textValue(), now) + " (" + text("endsAt") + ")";
        }
        JsonNode expiry = session.path("expirySeconds");
        if (expiry.isNull()) {
            return "never by itself";
        }
        if (expiry.asLong() == 0) {
            return "with its connection";
        }
        return Words.seconds(expiry.asLong()) + (online ? " after its client has gone" : "");
    }

    private void subscriptions(PrintWriter out) {
        long count = session.path("subscriptionCount").asLong();
        line(out, "subscriptions", Long.toString(count));
        Table table = new Table("FILTER", ">QOS", "OPTIONS");
        for (JsonNode each : session.path("subscriptions")) {
            List<String> options = new ArrayList<>();
            if (each.path("noLocal").asBoolean()) {
                options.add("no local");
            }
            if (each.path("retainAsPublished").asBoolean()) {
                options.add("retain as published");
            }
            if (each.path("retainHandling").asInt() != 0) {
                options.add("retain handling " + each.path("retainHandling").asInt());
            }
            if (each.path("identifier").isNumber()) {
                options.add("identifier " + each.path("identifier").asLong());
            }
            if (each.path("readsLog").asBoolean()) {
                options.add("reads a log, " + each.path("unread").asText("?") + " unread");
            }
            table.row(each.path("filter").asText(), each.path("qos").asInt(), String.join(", ", options));
        }
        table.print(out, INDENT);
        if (count > session.path("subscriptions").size()) {
            out.println(INDENT + "and " + (count - session.path("subscriptions").size()) + " more");
        }
    }

    private void queue(PrintWriter out) {
        JsonNode messages = queue.path("messages");
        if (messages.isEmpty()) {
            return;
        }
        out.println("messages that wait, the oldest first");
        Table table = withPayload
                ? new Table(">NUMBER", "STATE", ">QOS", ">AGE", ">EXPIRES IN", ">BYTES", "TOPIC", "PAYLOAD")
                : new Table(">NUMBER", "STATE", ">QOS", ">AGE", ">EXPIRES IN", ">BYTES", "TOPIC");
        for (JsonNode each : messages) {
            List<Object> row = new ArrayList<>(List.of(
                    each.path("seq").asLong(),
                    each.path("state").asText(),
                    each.path("qos").asInt(),
                    Words.age(each.path("arrivedAt").textValue(), now),
                    Words.until(each.path("expiresAt").textValue(), now),
                    each.path("bytes").asText("-"),
                    each.path("topic").asText("-")));
            if (withPayload) {
                row.add(Bytes.text(
                        Base64.getDecoder().decode(each.path("payloadBase64").asText())));
            }
            table.row(row.toArray());
        }
        table.print(out, INDENT);
        if (queue.path("next").isTextual()) {
            out.println(INDENT + "and more (--queue N)");
        }
    }

    private String text(String name) {
        String text = session.path(name).asText("-");
        return text.isEmpty() ? "-" : Words.escaped(text);
    }

    private String age(String name) {
        return Words.age(session.path(name).textValue(), now);
    }

    private static void line(PrintWriter out, String name, String value) {
        out.println(name + " ".repeat(Math.max(1, TEXT_WIDTH + 1 - name.length())) + value);
    }
}
