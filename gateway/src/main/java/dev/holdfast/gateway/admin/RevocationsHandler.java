// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.auth.revocation.StoredRevocations;
import dev.holdfast.store.Revocation;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /revocations}: revokes tokens before they expire, and takes that back.
 *
 * <ul>
 *   <li>{@code POST} with {@code {"issuer": ..., "jti": ... or "subject": ..., "until": ...}}: 201 stored; 202 it holds in
 *       this gateway and, when the store is back, in the others; 507 there are too many.
 *   <li>The same with a subject and {@code "endSessions": true}: besides, its sessions are ended, with all that waits for them, once
 *       the answer has been given.
 *   <li>{@code GET}: what holds in this gateway, the newest thousand.
 *   <li>{@code DELETE ?issuer=...&jti=...} or {@code &subject=...}: 204; 404 there was none; 503 the store is away.
 * </ul>
 *
 * <p>Who changes something shows a token of the API's write role, who looks one of its read role, where such are set; else both are for whoever is on
 * this machine: 401, 403. Every other answer is {@code {"error": ...}}. A request with an Origin header comes from a web page and is refused:
 * whoever browses on the operator's machine must not revoke anything by that.
 */
public final class RevocationsHandler implements HttpHandler {
    private static final int LONGEST_BODY = 4 * 1024;
    private static final int MOST_LISTED = 1_000;
    private static final int INSUFFICIENT_STORAGE = 507;
    private static final String JSON = "application/json";
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(RevocationsHandler.class);

    private final StoredRevocations revocations;
    private final RevocationRequests requests;
    private final SessionEnding sessions;
    private final Access access;

    /** Decides who may ask. */
    @FunctionalInterface
    public interface Access {
        /** Why a request is refused that changes something, or only looks; null if it may. Any thread, does not block. */
        @Nullable
        Denied look(HttpServerExchange exchange, boolean changes);
    }

    /**
     * Why a request is refused.
     *
     * @param status 401 or 403
     */
    public record Denied(int status, String why) {}

    /** Ends the sessions of whoever has been revoked. */
    @FunctionalInterface
    public interface SessionEnding {
        /** Ends those of a subject; completes with how many there were. Any thread, returns at once. */
        CompletionStage<Integer> endAll(String issuer, String subject);
    }

    /**
     * A handler.
     *
     * @param access who may ask
     * @param issuers those whose tokens are taken: what another one issued needs no revocation
     */
    public RevocationsHandler(
            StoredRevocations revocations,
            Set<String> issuers,
            SessionEnding sessions,
            Access access,
            InstantSource clock) {
        this.access = access;
        this.sessions = sessions;
        this.revocations = revocations;
        this.requests = new RevocationRequests(issuers, clock);
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        HttpString method = exchange.getRequestMethod();
        if (exchange.getRequestHeaders().contains(Headers.ORIGIN)) {
            error(exchange, StatusCodes.FORBIDDEN, "not for web pages");
        } else if (method.equals(Methods.POST)) {
            allowed(exchange, true, this::receive);
        } else if (method.equals(Methods.DELETE)) {
            allowed(exchange, true, this::lift);
        } else if (method.equals(Methods.GET)) {
            allowed(exchange, false, same -> same.dispatch((HttpHandler) this::list));
        } else {
            exchange.getResponseHeaders().put(Headers.ALLOW, "GET, POST, DELETE");
            error(exchange, StatusCodes.METHOD_NOT_ALLOWED, "only GET, POST and DELETE");
        }
    }

    private void allowed(HttpServerExchange exchange, boolean changes, Consumer<HttpServerExchange> next) {
        Denied denied = access.look(exchange, changes);
        if (denied == null) {
            next.accept(exchange);
            return;
        }
        if (denied.status() == StatusCodes.UNAUTHORIZED) {
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Bearer realm=\"holdfast\"");
        }
        error(exchange, denied.status(), denied.why());
    }

    private void receive(HttpServerExchange exchange) {
        String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(JSON)) {
            error(exchange, StatusCodes.UNSUPPORTED_MEDIA_TYPE, "expected Content-Type: " + JSON);
        } else if (exchange.getRequestContentLength() > LONGEST_BODY) {
            tooLong(exchange);
        } else {
            Receiver receiver = exchange.getRequestReceiver();
            receiver.setMaxBufferSize(LONGEST_BODY); // also where the length is not said
            receiver.receiveFullBytes((same, body) -> revoke(same, body), (same, failure) -> tooLong(same));
        }
    }

    private static void tooLong(HttpServerExchange exchange) {
        error(exchange, StatusCodes.REQUEST_ENTITY_TOO_LARGE, "expected at most " + LONGEST_BODY + " bytes");
    }

    private void revoke(HttpServerExchange exchange, byte[] body) {
        RevocationRequests.Asked asked;
        try {
            asked = requests.revocation(body);
        } catch (BadRequestException e) {
            error(exchange, StatusCodes.BAD_REQUEST, e.expected());
            return;
        }
        exchange.dispatch(
                SameThreadExecutor.INSTANCE,
                () -> revocations
                        .revoke(asked.revocation())
                        .whenComplete((kept, failure) -> revoked(exchange, asked, kept)));
    }

    private void revoked(HttpServerExchange exchange, RevocationRequests.Asked asked, StoredRevocations.Kept kept) {
        ObjectNode json = json(asked.revocation());
        switch (kept) {
            case STORED -> {
                if (asked.endSessions()) {
                    endSessions(asked.revocation().key());
                    json.put("endingSessions", true);
                }
                answer(exchange, StatusCodes.CREATED, json.put("stored", true));
            }
            case HERE -> {
                if (asked.endSessions()) {
                    json.put("endingSessions", false); // those that the store has, which is away
                }
                answer(exchange, StatusCodes.ACCEPTED, json.put("stored", false));
            }
            case REFUSED -> error(exchange, INSUFFICIENT_STORAGE, "too many revocations (limits.max-revocations)");
        }
    }

    private void endSessions(Revocation.Key key) {
        sessions.endAll(key.issuer(), key.value())
                .whenComplete((ended, failure) -> (failure == null ? LOG.atInfo() : LOG.atWarn())
                        .addKeyValue("issuer", key.issuer())
                        .addKeyValue("subject", key.value())
                        .addKeyValue("ended", failure == null ? ended : "not known")
                        .log(
                                failure == null
                                        ? "The sessions of a revoked subject have been ended"
                                        : "Not all sessions of a revoked subject could be ended, since the store does not"
                                                + " answer; revoke it again"));
    }

    private void lift(HttpServerExchange exchange) {
        Revocation.Key key;
        try {
            key = requests.key(exchange.getQueryParameters());
        } catch (BadRequestException e) {
            error(exchange, StatusCodes.BAD_REQUEST, e.expected());
            return;
        }
        exchange.dispatch(
                SameThreadExecutor.INSTANCE,
                () -> revocations.lift(key).whenComplete((lifted, failure) -> {
                    if (failure != null) {
                        error(
                                exchange,
                                StatusCodes.SERVICE_UNAVAILABLE,
                                "the store does not answer; nothing was taken back");
                    } else if (!lifted) {
                        error(exchange, StatusCodes.NOT_FOUND, "there is no such revocation");
                    } else {
                        exchange.setStatusCode(StatusCodes.NO_CONTENT);
                        exchange.endExchange();
                    }
                }));
    }

    private void list(HttpServerExchange exchange) {
        ObjectNode all = MAPPER.createObjectNode().put("total", revocations.size());
        ArrayNode some = all.putArray("revocations");
        revocations.newest(MOST_LISTED).forEach(each -> some.add(json(each)));
        answer(exchange, StatusCodes.OK, all);
    }

    private static ObjectNode json(Revocation revocation) {
        Revocation.Key key = revocation.key();
        return MAPPER.createObjectNode()
                .put("issuer", key.issuer())
                .put(RevocationRequests.name(key.kind()), key.value())
                .put("at", revocation.at().toString())
                .put("until", revocation.until().toString());
    }

    private static void error(HttpServerExchange exchange, int status, String message) {
        answer(exchange, status, MAPPER.createObjectNode().put("error", message));
    }

    private static void answer(HttpServerExchange exchange, int status, ObjectNode body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, JSON);
        exchange.getResponseSender().send(body + "\n");
    }
}
