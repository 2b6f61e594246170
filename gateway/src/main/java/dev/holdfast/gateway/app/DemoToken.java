// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.JwtAuthenticator;
import dev.holdfast.gateway.auth.Revocations;
import dev.holdfast.gateway.auth.TokenIssuer;
import dev.holdfast.gateway.auth.TokenRequest;
import dev.holdfast.gateway.config.IssuerConfig;
import dev.holdfast.gateway.config.KeysConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * A token to try things out with under {@code --dev}, signed with a secret made up at this start and good for nothing
 * after it.
 *
 * @param text the token
 * @param authenticator takes it
 */
record DemoToken(String text, JwtAuthenticator authenticator) {
    private static final String ISSUER = "holdfast-demo";
    private static final String SUBJECT = "demo";
    private static final Duration LIFETIME = Duration.ofHours(12);

    static DemoToken make(Revocations revocations, InstantSource clock) throws AuthConfigException {
        TokenIssuer signer = TokenIssuer.ofRandomSecret();
        IssuerConfig issuer = new IssuerConfig(
                ISSUER, List.of("*"), List.of(signer.algorithm()), KeysConfig.NONE, Map.of(), null, null, List.of());
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        String text = signer.issue(new TokenRequest(
                ISSUER,
                SUBJECT,
                List.of("holdfast"),
                now,
                LIFETIME,
                null,
                Map.of("jti", SUBJECT, "acl", TokenIssuer.acl(List.of("#"), List.of("#")))));
        return new DemoToken(text, JwtAuthenticator.ofDemo(issuer, signer, revocations, clock));
    }

    /** How to use it, for standard error; the log never holds a token. */
    String words() {
        return "demo token, subject \"" + SUBJECT + "\", all topics, good for " + LIFETIME.toHours()
                + " h and this run; use it as MQTT password:" + System.lineSeparator() + text;
    }
}
