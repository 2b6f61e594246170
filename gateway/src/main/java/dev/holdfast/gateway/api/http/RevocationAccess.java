// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Who may revoke tokens, and look at what has been revoked: who shows a token of the API for it. Where there is none for it, whoever is on
 * this machine, and nobody else: without that a gateway whose API has no token could not be told. Any thread.
 */
public final class RevocationAccess {
    private final ApiTokens tokens;
    private final AccessCheck access;

    /** Access by the tokens of the API. */
    public RevocationAccess(ApiTokens tokens) {
        this.tokens = tokens;
        this.access = new AccessCheck(tokens);
    }

    /**
     * Why a request is refused.
     *
     * @param status 401 or 403
     */
    public record Refusal(int status, String why) {}

    /** Looks at a request that changes something, or only looks; null if it may. The Host of it has been judged before. */
    public @Nullable Refusal look(HttpServerExchange exchange, boolean changes) {
        boolean isShown = exchange.getRequestHeaders().contains(Headers.AUTHORIZATION);
        boolean isNeeded = changes ? tokens.mayAnybodyWrite() : tokens.areNeededToRead();
        if (isShown || isNeeded) {
            Problem problem = access.look(exchange, changes ? Role.WRITE : Role.READ);
            return problem == null ? null : new Refusal(problem.status(), String.valueOf(problem.getMessage()));
        }
        return AccessCheck.isUnproxiedLoopback(exchange)
                ? null
                : new Refusal(
                        Problem.Kind.FORBIDDEN.status(),
                        "without a token only from this machine, and not through a proxy ("
                                + (changes ? "api.write-token" : "api.read-token") + ")");
    }
}
