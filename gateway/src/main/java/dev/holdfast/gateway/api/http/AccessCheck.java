// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import dev.holdfast.gateway.config.value.HostRule;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask what. Without a token, whoever is on this machine may look, and nobody may change anything.
 *
 * <p>Pages in the operator's browser are kept out in two ways. A browser says where a page came from (Origin), and none is let
 * in. And a page whose name has been made to point at this machine shows that name (Host): without a token only an
 * address or {@code localhost} will do. Nor may a proxy on this machine lend its closeness to others.
 */
public final class AccessCheck {
    private static final String BEARER = "bearer ";
    private static final HttpString FORWARDED = new HttpString("Forwarded");

    private final ApiTokens tokens;

    /** Judges by these tokens. */
    public AccessCheck(ApiTokens tokens) {
        this.tokens = tokens;
    }

    /** Why a request is refused, or null if it is not. */
    @Nullable
    public Problem look(HttpServerExchange exchange, Role needed) {
        HeaderMap headers = exchange.getRequestHeaders();
        if (headers.contains(Headers.ORIGIN)) {
            return new Problem(Problem.Kind.FORBIDDEN, "not for web pages (the request has an Origin)");
        }
        HeaderValues shown = headers.get(Headers.AUTHORIZATION);
        if (shown != null) {
            return lookAtToken(shown, needed);
        }
        if (needed == Role.WRITE) {
            return tokens.mayAnybodyWrite()
                    ? new Problem(
                            Problem.Kind.UNAUTHORIZED, "expected Authorization: Bearer and a token that may write")
                    : new Problem(
                            Problem.Kind.FORBIDDEN,
                            "nobody may change anything, since there is no token for it (api.write-token)");
        }
        if (tokens.areNeededToRead()) {
            return new Problem(Problem.Kind.UNAUTHORIZED, "expected Authorization: Bearer and a token");
        }
        return isFromThisMachine(exchange)
                ? null
                : new Problem(
                        Problem.Kind.FORBIDDEN,
                        "without a token only from this machine, by address or localhost, and not through a proxy"
                                + " (api.read-token)");
    }

    private @Nullable Problem lookAtToken(HeaderValues shown, Role needed) {
        String header = shown.getFirst();
        boolean isBearer = shown.size() == 1 && header.toLowerCase(Locale.ROOT).startsWith(BEARER);
        Role role = isBearer ? tokens.roleOf(header.substring(BEARER.length()).strip()) : null;
        if (role == null) {
            return new Problem(Problem.Kind.UNAUTHORIZED, "the token is not known here");
        }
        return role.includes(needed)
                ? null
                : new Problem(Problem.Kind.FORBIDDEN, "this token may look, and change nothing");
    }

    private static boolean isFromThisMachine(HttpServerExchange exchange) {
        HeaderValues hosts = exchange.getRequestHeaders().get(Headers.HOST);
        return isUnproxiedLoopback(exchange)
                && hosts != null
                && hosts.size() == 1
                && HostRule.ADDRESSES.allows(hosts.getFirst());
    }

    /** Whether a request comes from this machine, as far as its address and the headers of proxies say. */
    static boolean isUnproxiedLoopback(HttpServerExchange exchange) {
        InetSocketAddress peer = (InetSocketAddress) exchange.getConnection().getPeerAddress();
        InetAddress address = peer.getAddress();
        HeaderMap headers = exchange.getRequestHeaders();
        return address != null
                && address.isLoopbackAddress()
                && !headers.contains(Headers.X_FORWARDED_FOR)
                && !headers.contains(FORWARDED);
    }
}
