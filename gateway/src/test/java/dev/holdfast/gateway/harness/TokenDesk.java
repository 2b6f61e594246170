// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Issues tokens of two issuers, one that signs with HS256 and one with ES256, and knows how a gateway trusts them. */
public final class TokenDesk {
    public static final String ISSUER = "https://id.example/";
    public static final String OTHER_ISSUER = "https://other.example/";

    /** What HS256 is signed with. */
    public static final String SECRET = "0123456789abcdef".repeat(4);

    private final Path secret;
    private final Path publicKey;
    private final TokenIssuer hmac;
    private final TokenIssuer elliptic;

    public TokenDesk(Path directory) {
        try {
            secret = Files.writeString(directory.resolve("secret"), SECRET);
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            publicKey = Files.writeString(
                    directory.resolve("public.pem"),
                    pem("PUBLIC", pair.getPublic().getEncoded()));
            Path privateKey = Files.writeString(
                    directory.resolve("private.pem"),
                    pem("PRIVATE", pair.getPrivate().getEncoded()));
            hmac = TokenIssuer.ofSecretFile(secret, false, "HS256");
            elliptic = TokenIssuer.ofPrivateKeyFile(privateKey, "ES256");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | AuthConfigException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + " KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind
                + " KEY-----\n";
    }

    /** Settings of a gateway that trusts this desk, without any tolerance in time. */
    public List<String> settings() {
        return List.of(
                "auth.anonymous=false",
                "auth.jwt.skew=0",
                "auth.jwt.issuers=[{issuer: \"" + ISSUER
                        + "\", audience: [mqtt], algorithms: [HS256], keys: {secret-file: \""
                        + secret + "\"}, default-acl: [{permission: allow, action: all, topics: [\"#\"]}]},"
                        + "{issuer: \"" + OTHER_ISSUER
                        + "\", audience: [mqtt], algorithms: [ES256], keys: {pem-file: \"" + publicKey
                        + "\"}, default-acl: [{permission: allow, action: all, topics: [\"${sub}/#\"]}]}]");
    }

    /** A token of the first issuer that allows every topic for ten minutes. */
    public String token(String subject) {
        return token(subject, Duration.ofMinutes(10), Map.of());
    }

    public String token(String subject, Duration lifetime) {
        return token(subject, lifetime, Map.of());
    }

    /** A token that allows what these topic filters say, both ways. */
    public String allowing(String subject, String... filters) {
        return allowing(subject, List.of(filters), List.of(filters));
    }

    public String allowing(String subject, List<String> publish, List<String> subscribe) {
        return token(subject, Duration.ofMinutes(10), Map.of("acl", TokenIssuer.acl(publish, subscribe)));
    }

    public String token(String subject, Duration lifetime, Map<String, Object> claims) {
        return hmac.issue(request(ISSUER, subject, lifetime, claims));
    }

    /** A token of the second issuer, whose signature is checked on another thread than the connection's. */
    public String elliptic(String subject, Duration lifetime, Map<String, Object> claims) {
        return elliptic.issue(request(OTHER_ISSUER, subject, lifetime, claims));
    }

    private static TokenRequest request(String issuer, String subject, Duration lifetime, Map<String, Object> claims) {
        return new TokenRequest(
                issuer,
                subject,
                List.of("mqtt"),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                lifetime,
                null,
                new HashMap<>(claims));
    }
}
