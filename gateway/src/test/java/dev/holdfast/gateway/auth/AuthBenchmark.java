// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.auth.keys.KeyReadings;
import dev.holdfast.gateway.auth.revocation.RevocationTable;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a verdict costs, cold and remembered, next to the bare signature check. Run with {@code -prof gc}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class AuthBenchmark {
    /** The algorithm. */
    @Param({"HS256", "RS256", "ES256", "EdDSA"})
    public String algorithm = "";

    private JwtAuthenticator cached = open();
    private JwtAuthenticator cold = cached;
    private Credentials credentials = Judge.password("c1", null, "");
    private KeyPair pair = Tokens.rsa();
    private byte[] signed = new byte[0];
    private byte[] signature = new byte[0];

    private static JwtAuthenticator open() {
        try {
            TokenIssuer signer = TokenIssuer.ofRandomSecret();
            SettableClock clock = new SettableClock(Instant.now());
            return JwtAuthenticator.ofDemo(
                    Judge.issuer(KeysConfig.NONE, "HS256"), signer, new RevocationTable(clock), clock);
        } catch (AuthConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a token and two authenticators, one of which remembers nothing. */
    @Setup(Level.Trial)
    public void open(org.openjdk.jmh.infra.BenchmarkParams parameters) throws Exception {
        Path directory = Files.createTempDirectory("auth-benchmark");
        TokenIssuer signer;
        KeysConfig keys;
        if (algorithm.equals("HS256")) {
            Path secret = Files.write(directory.resolve("secret"), Tokens.SECRET);
            signer = TokenIssuer.ofSecretFile(secret, false, algorithm);
            keys = KeysConfig.secret(secret);
        } else {
            pair = switch (algorithm) {
                case "RS256" -> Tokens.rsa();
                case "ES256" -> Tokens.ec("secp256r1");
                default -> Tokens.ed25519();
            };
            String pkcs8 = "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                    + "\n-----END PRIVATE KEY-----\n";
            signer = TokenIssuer.ofPrivateKeyFile(Files.writeString(directory.resolve("private"), pkcs8), algorithm);
            keys = KeysConfig.pem(Files.writeString(directory.resolve("public"), Tokens.pem(pair)));
        }
        SettableClock clock = new SettableClock(Instant.now());
        String token = signer.issue(new TokenRequest(
                Tokens.ISSUER,
                "alice",
                List.of("mqtt"),
                clock.instant().minusSeconds(1),
                Duration.ofHours(1),
                null,
                Map.of("acl", TokenIssuer.acl(List.of("up/${clientid}/#"), List.of("down/${clientid}/#", "news/+")))));
        credentials = Judge.password("c1", null, token);
        IssuerConfig issuer = Judge.issuer(keys, algorithm);
        RevocationTable none = new RevocationTable(clock);
        cached.close();
        cached = JwtAuthenticator.open(JwtConfig.of(issuer), false, none, clock, KeyReadings.UNWATCHED);
        JwtConfig forgetful = new JwtConfig(List.of(issuer), Duration.ofSeconds(30), 0, null, null, 1);
        cold = JwtAuthenticator.open(forgetful, false, none, clock, KeyReadings.UNWATCHED);
        signed = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
        if (!algorithm.equals("HS256")) {
            Signature signing = jca();
            signing.initSign(pair.getPrivate());
            signing.update(signed);
            signature = signing.sign();
        }
        if (!(verdict(cold) instanceof Verdict.Accepted) || !(verdict(cached) instanceof Verdict.Accepted)) {
            throw new IllegalStateException("not accepted");
        }
    }

    /** Ends the threads. */
    @TearDown(Level.Trial)
    public void close() {
        cached.close();
        cold.close();
    }

    private Signature jca() throws Exception {
        return Signature.getInstance(
                switch (algorithm) {
                    case "RS256" -> "SHA256withRSA";
                    case "ES256" -> "SHA256withECDSA";
                    default -> "EdDSA";
                });
    }

    private Verdict verdict(JwtAuthenticator authenticator) {
        return authenticator.authenticate(credentials).toCompletableFuture().join();
    }

    /** A token never seen before. */
    @Benchmark
    public Verdict cold() {
        return verdict(cold);
    }

    /** A token seen before. */
    @Benchmark
    public Verdict remembered() {
        return verdict(cached);
    }

    /** The signature check and nothing else. */
    @Benchmark
    public boolean bareSignatureCheck() throws Exception {
        if (algorithm.equals("HS256")) {
            return Tokens.hmac("HmacSHA256", new String(signed, StandardCharsets.US_ASCII), Tokens.SECRET)
                    .isEmpty();
        }
        Signature checking = jca();
        checking.initVerify(pair.getPublic());
        checking.update(signed);
        return checking.verify(signature);
    }
}
