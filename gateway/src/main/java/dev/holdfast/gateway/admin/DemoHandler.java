// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.SessionView;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The demo page on the WebSocket listener: its files, and what its script asks.
 *
 * <ul>
 *   <li>{@code /demo/config}: which gateways to use, and which of the following there are.
 *   <li>{@code /demo/token?seconds=60}: a token, with {@code --dev} only.
 *   <li>{@code /demo/session?client=demo-...}: how much waits for a client of the demo, with {@code --dev} only.
 * </ul>
 *
 * <p>Runs on an I/O thread; everything is in memory but the session, which the store answers for in its time.
 */
public final class DemoHandler implements HttpHandler {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpString CONTENT_SECURITY_POLICY = new HttpString("Content-Security-Policy");
    private static final HttpString NO_SNIFF = new HttpString("X-Content-Type-Options");
    private static final HttpString REFERRER_POLICY = new HttpString("Referrer-Policy");
    private static final HttpString ALLOW_ORIGIN = new HttpString("Access-Control-Allow-Origin");
    private static final Pattern CLIENT = Pattern.compile("demo-[A-Za-z0-9-]{1,40}");
    private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,4}");

    private final DemoPage page;
    private final List<String> gateways;
    private final String webSocketPath;
    private final @Nullable Function<Duration, String> tokens;
    private final @Nullable SessionStore sessions;
    private final String contentSecurityPolicy;

    /**
     * A handler.
     *
     * @param gateways WebSocket URLs for the page; empty for this gateway alone
     * @param webSocketPath where this gateway takes WebSockets
     * @param tokens issues a token for anybody who asks; null where the page's visitors have to bring their own
     * @param sessions tells of the sessions of the demo's clients; null where it is nobody's business
     */
    public DemoHandler(
            DemoPage page,
            List<String> gateways,
            String webSocketPath,
            @Nullable Function<Duration, String> tokens,
            @Nullable SessionStore sessions) {
        this.page = page;
        this.gateways = List.copyOf(gateways);
        this.webSocketPath = webSocketPath;
        this.tokens = tokens;
        this.sessions = sessions;
        // On the developer's own machine the page may also talk to what else he runs there.
        Stream<String> others = sessions == null
                ? gateways.stream().map(DemoHandler::origin)
                : Stream.of("ws://127.0.0.1:*", "ws://localhost:*", "http://127.0.0.1:*", "http://localhost:*");
        this.contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                + Stream.concat(Stream.of("connect-src 'self'"), others).collect(Collectors.joining(" "));
    }

    private static String origin(String url) {
        URI parsed = URI.create(url);
        return parsed.getScheme() + "://" + parsed.getRawAuthority();
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(NO_SNIFF, "nosniff");
        headers.put(REFERRER_POLICY, "no-referrer");
        HttpString method = exchange.getRequestMethod();
        if (!method.equals(Methods.GET) && !method.equals(Methods.HEAD)) {
            headers.put(Headers.ALLOW, "GET, HEAD");
            exchange.setPersistent(false);
            text(exchange, StatusCodes.METHOD_NOT_ALLOWED, "only GET and HEAD\n");
            return;
        }
        String path = exchange.getRequestURI();
        switch (path) {
            case "/demo/config" -> config(exchange);
            case "/demo/token" -> token(exchange);
            case "/demo/session" -> session(exchange);
            default -> file(exchange, path);
        }
    }

    private void file(HttpServerExchange exchange, String path) {
        DemoPage.File file = page.at(path);
        if (file == null) {
            text(
                    exchange,
                    StatusCodes.NOT_FOUND,
                    page.isHere()
                            ? "there is no such file\n"
                            : "the page is not in this build: build with Maven where there is npm\n");
            return;
        }
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(CONTENT_SECURITY_POLICY, contentSecurityPolicy);
        headers.put(Headers.CACHE_CONTROL, file.hasHashedName() ? "public, max-age=31536000, immutable" : "no-cache");
        headers.put(Headers.ETAG, file.tag());
        headers.put(Headers.VARY, "Accept-Encoding");
        if (isKnown(exchange, file.tag())) {
            exchange.setStatusCode(StatusCodes.NOT_MODIFIED);
            exchange.endExchange();
            return;
        }
        headers.put(Headers.CONTENT_TYPE, file.type());
        boolean compressed = takesGzip(exchange);
        if (compressed) {
            headers.put(Headers.CONTENT_ENCODING, "gzip");
        }
        send(exchange, (compressed ? file.gzip() : file.plain()).duplicate());
    }

    private static boolean isKnown(HttpServerExchange exchange, String tag) {
        String known = exchange.getRequestHeaders().getFirst(Headers.IF_NONE_MATCH);
        return known != null && Stream.of(known.split(",")).map(String::strip).anyMatch(tag::equals);
    }

    private static boolean takesGzip(HttpServerExchange exchange) {
        String takes = exchange.getRequestHeaders().getFirst(Headers.ACCEPT_ENCODING);
        return takes != null
                && Stream.of(takes.split(","))
                        .map(String::strip)
                        .anyMatch(each -> each.equals("gzip") || (each.startsWith("gzip;") && !each.contains("q=0")));
    }

    private void config(HttpServerExchange exchange) {
        ObjectNode config = JSON.createObjectNode();
        gateways.forEach(config.putArray("gateways")::add);
        config.put("path", webSocketPath).put("tokens", tokens != null).put("sessions", sessions != null);
        json(exchange, StatusCodes.OK, config);
    }

    private void token(HttpServerExchange exchange) {
        String seconds = query(exchange, "seconds");
        if (tokens == null) {
            error(exchange, StatusCodes.NOT_FOUND, "tokens are issued with --dev only");
        } else if (seconds == null || !SECONDS.matcher(seconds).matches()) {
            error(exchange, StatusCodes.BAD_REQUEST, "expected seconds from 1 to 99999");
        } else {
            String text = tokens.apply(Duration.ofSeconds(Long.parseLong(seconds)));
            json(exchange, StatusCodes.OK, JSON.createObjectNode().put("token", text));
        }
    }

    private void session(HttpServerExchange exchange) {
        SessionStore store = sessions;
        String client = query(exchange, "client");
        if (store == null) {
            error(exchange, StatusCodes.NOT_FOUND, "sessions are shown with --dev only");
        } else if (client == null || !CLIENT.matcher(client).matches()) {
            error(exchange, StatusCodes.BAD_REQUEST, "expected the client identifier of a client of the demo");
        } else {
            exchange.dispatch(
                    SameThreadExecutor.INSTANCE,
                    () -> store.find(client).whenComplete((view, failure) -> {
                        if (failure != null) {
                            error(exchange, StatusCodes.SERVICE_UNAVAILABLE, "the store does not answer");
                        } else {
                            json(exchange, StatusCodes.OK, session(view));
                        }
                    }));
        }
    }

    private static ObjectNode session(@Nullable SessionView view) {
        ObjectNode json = JSON.createObjectNode().put("known", view != null);
        return view == null
                ? json
                : json.put("online", view.owner() != null)
                        .put("queued", view.queuedMessages())
                        .put("bytes", view.queuedBytes())
                        .put("dropped", view.droppedMessages());
    }

    private static @Nullable String query(HttpServerExchange exchange, String name) {
        Deque<String> values = exchange.getQueryParameters().get(name);
        return values == null || values.size() != 1 ? null : values.getFirst();
    }

    private static void error(HttpServerExchange exchange, int status, String message) {
        json(exchange, status, JSON.createObjectNode().put("error", message));
    }

    private static void json(HttpServerExchange exchange, int status, ObjectNode body) {
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(Headers.CACHE_CONTROL, "no-store");
        headers.put(Headers.VARY, "Origin");
        String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        if (origin != null && isOfTheSameHost(origin, exchange.getHostName())) {
            headers.put(ALLOW_ORIGIN, origin); // the page of another gateway on this machine
        }
        answer(exchange, status, "application/json", body + "\n");
    }

    private static boolean isOfTheSameHost(String origin, @Nullable String host) {
        try {
            return host != null && host.equals(URI.create(origin).getHost());
        } catch (IllegalArgumentException notAnOrigin) {
            return false;
        }
    }

    private static void text(HttpServerExchange exchange, int status, String body) {
        answer(exchange, status, "text/plain; charset=utf-8", body);
    }

    private static void answer(HttpServerExchange exchange, int status, String type, String body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        send(exchange, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static void send(HttpServerExchange exchange, ByteBuffer body) {
        exchange.setResponseContentLength(body.remaining());
        if (exchange.getRequestMethod().equals(Methods.HEAD)) {
            exchange.endExchange();
        } else {
            exchange.getResponseSender().send(body);
        }
    }
}
