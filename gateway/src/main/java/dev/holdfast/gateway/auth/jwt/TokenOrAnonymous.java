// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.acl.AnonymousAuthenticator;
import java.util.concurrent.CompletionStage;

/**
 * Judges whoever shows a token by it, and lets in anonymously whoever shows none. A token that is no
 * good is refused and never makes its client anonymous: it would work on with other rights than it thinks.
 */
public final class TokenOrAnonymous implements Authenticator {
    private final JwtAuthenticator tokens;
    private final AnonymousAuthenticator anonymous;

    /** Over the judge of tokens and the one of all others. */
    public TokenOrAnonymous(JwtAuthenticator tokens, AnonymousAuthenticator anonymous) {
        this.tokens = tokens;
        this.anonymous = anonymous;
    }

    @Override
    public CompletionStage<Verdict> authenticate(Credentials credentials) {
        return (tokens.isShownToken(credentials) ? tokens : anonymous).authenticate(credentials);
    }

    @Override
    public boolean knowsMethod(String method) {
        return tokens.knowsMethod(method);
    }
}
