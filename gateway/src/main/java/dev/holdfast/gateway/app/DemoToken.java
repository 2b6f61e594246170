// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.auth.revocation.Revocations;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to try things out with under {@code --dev}, signed with a secret made up at this start and good for nothing
 * after it, or with that of {@code demo.secret-file}.
 *
 * @param signer signs them
 * @param authenticator takes them
 */
record DemoToken(TokenIssuer signer, JwtAuthenticator authenticator) {
    private static final String ISSUER = "holdfast-demo";
    private static final String SUBJECT = "demo";
    private static final Duration LIFETIME = Duration.ofHours(12);

    /**
     * Makes ready to issue and to take them.
     *
     * @param secretFile holds the secret; null to make one up
     */
    static DemoToken make(@Nullable Path secretFile, Revocations revocations, InstantSource clock)
            throws AuthConfigException {
        TokenIssuer signer = signer(secretFile);
        IssuerConfig issuer = new IssuerConfig(
                ISSUER, List.of("*"), List.of(signer.algorithm()), KeysConfig.NONE, Map.of(), null, null, List.of());
        return new DemoToken(signer, JwtAuthenticator.ofDemo(issuer, signer, revocations, clock));
    }

    /** Signs with the secret of a file, or with one made up now. */
    static TokenIssuer signer(@Nullable Path secretFile) throws AuthConfigException {
        return secretFile == null ? TokenIssuer.ofRandomSecret() : TokenIssuer.ofSecretFile(secretFile, false, "HS256");
    }

    /** A token that is good from now on, for all topics. Safe on any thread. */
    String issue(Duration lifetime) {
        return signer.issue(new TokenRequest(
                ISSUER,
                SUBJECT,
                List.of("holdfast"),
                InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS),
                lifetime,
                null,
                Map.of("jti", SUBJECT, "acl", TokenIssuer.acl(List.of("#"), List.of("#")))));
    }

    /** How to use it, for standard error; the log never holds a token. */
    String words() {
        return "demo token, subject \"" + SUBJECT + "\", all topics, good for " + LIFETIME.toHours()
                + " h and this run; use it as MQTT password:" + System.lineSeparator() + issue(LIFETIME);
    }
}
