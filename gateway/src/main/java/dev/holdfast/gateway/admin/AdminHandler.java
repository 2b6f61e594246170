// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

import dev.holdfast.gateway.config.value.HostRule;
import dev.holdfast.gateway.observe.Refused;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Answers whoever operates the gateway: all of {@link HealthHandler}, {@code /revocations}, which changes who may come
 * in; see {@link RevocationsHandler}; and what the API has under {@code /api/}; 503 until the gateway has started.
 *
 * <p>But for the API, which looks at it where there is no token, the Host of a request must be an address, {@code localhost} or a
 * name that is allowed; else 403: a page in a browser of this machine, whose name has been made to point here, would read
 * and change what is here.
 */
public final class AdminHandler implements HttpHandler {
    private final HealthHandler looks;
    private final HostRule hosts;
    private final Consumer<Refused> refused;
    private volatile @Nullable RevocationsHandler revocations;
    private volatile @Nullable HttpHandler api;

    /**
     * A handler that leaves what only looks to another.
     *
     * @param hosts by which names it may be asked
     * @param refused told the kind of what is refused; any thread
     */
    public AdminHandler(HealthHandler looks, HostRule hosts, Consumer<Refused> refused) {
        this.looks = looks;
        this.hosts = hosts;
        this.refused = refused;
    }

    /** A handler with all of it, asked by address or {@code localhost}; see {@link HealthHandler#HealthHandler}. */
    public AdminHandler(Readiness readiness, UnaryOperator<String> scrape) {
        this(new HealthHandler(readiness, scrape), HostRule.ADDRESSES, kind -> {});
    }

    /** Answers {@code /api/...} from now on. */
    public void api(HttpHandler handler) {
        api = handler;
    }

    /** Answers for revocations from now on. */
    public void revocations(RevocationsHandler handler) {
        revocations = handler;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (exchange.getRequestPath().startsWith("/api/")) {
            later(exchange, api);
            return;
        }
        HeaderValues host = exchange.getRequestHeaders().get(Headers.HOST);
        if (!hosts.allowsAll(host == null ? List.of() : host)) {
            refused.accept(Refused.ADMIN_HOST);
            HealthHandler.answer(
                    exchange,
                    StatusCodes.FORBIDDEN,
                    "application/json",
                    "{\"error\":\"asked by a name that is not in listeners.admin-names; an address will do\"}\n");
            return;
        }
        if (!exchange.getRequestPath().equals("/revocations")) {
            looks.handleRequest(exchange);
            return;
        }
        later(exchange, revocations);
    }

    private static void later(HttpServerExchange exchange, @Nullable HttpHandler handler) throws Exception {
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        if (handler != null) {
            handler.handleRequest(exchange);
        } else {
            HealthHandler.answer(
                    exchange, StatusCodes.SERVICE_UNAVAILABLE, "application/json", "{\"error\":\"starting\"}\n");
        }
    }
}
