// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.revocation.RevocationTable;
import dev.holdfast.gateway.config.auth.AclRuleConfig;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An authenticator with everything around it, as a test wants it: one call from a token to a verdict. */
final class Judge implements AutoCloseable {
    final SettableClock clock = new SettableClock(Tokens.NOW);
    final RevocationTable revocations = new RevocationTable(clock);
    /** How many readings of JWKS URLs have ended. */
    final AtomicInteger readings = new AtomicInteger();

    final JwtAuthenticator authenticator;

    private Judge(JwtConfig config, boolean originsListed) throws AuthConfigException {
        authenticator = JwtAuthenticator.open(
                config, originsListed, revocations, clock, (issuer, good) -> readings.incrementAndGet());
    }

    static Judge of(IssuerConfig... issuers) throws AuthConfigException {
        return new Judge(JwtConfig.of(issuers), false);
    }

    static Judge of(JwtConfig config, boolean originsListed) throws AuthConfigException {
        return new Judge(config, originsListed);
    }

    static Judge hs256(Path directory) throws IOException, AuthConfigException {
        return of(issuer(KeysConfig.secret(secret(directory)), "HS256"));
    }

    static Path secret(Path directory) throws IOException {
        return Files.write(directory.resolve("secret"), Tokens.SECRET);
    }

    static Path file(Path directory, String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text, StandardCharsets.UTF_8);
    }

    static IssuerConfig issuer(KeysConfig keys, String... algorithms) {
        return issuer(Tokens.ISSUER, keys, algorithms);
    }

    static IssuerConfig issuer(String name, KeysConfig keys, String... algorithms) {
        return new IssuerConfig(
                name,
                List.of("mqtt"),
                List.of(algorithms),
                keys,
                Map.of(),
                null,
                null,
                List.of(new AclRuleConfig("allow", "all", List.of("${sub}/#"), List.of(), null)));
    }

    static IssuerConfig bound(
            KeysConfig keys,
            Map<String, String> required,
            @Nullable String clientIdClaim,
            @Nullable String clientIdTemplate) {
        return new IssuerConfig(
                Tokens.ISSUER,
                List.of("mqtt"),
                List.of("HS256"),
                keys,
                required,
                clientIdClaim,
                clientIdTemplate,
                List.of());
    }

    static Credentials password(String clientId, @Nullable String username, String token) {
        return new Credentials(
                clientId, username, token.getBytes(StandardCharsets.UTF_8), null, null, "192.0.2.1", null);
    }

    Verdict verdict(Credentials credentials) {
        try {
            return authenticator.authenticate(credentials).toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no verdict", e);
        }
    }

    Verdict verdict(String token) {
        return verdict(password("c1", null, token));
    }

    Identity accepted(String token) {
        return accepted(password("c1", null, token));
    }

    Identity accepted(Credentials credentials) {
        Verdict verdict = verdict(credentials);
        assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
        return ((Verdict.Accepted) verdict).identity();
    }

    void refused(String token, String why) {
        refused(password("c1", null, token), why);
    }

    void refused(Credentials credentials, String why) {
        assertThat(verdict(credentials))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(why));
    }

    @Override
    public void close() {
        authenticator.close();
    }
}
