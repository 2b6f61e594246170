// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.base64;
import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.holdfast.gateway.auth.jwt.JwtAuthenticator;
import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.auth.revocation.RevocationTable;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens made by others than ourselves: nimbus-jose-jwt, openssl, jjwt. */
class OtherLibrariesTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                "ES512"
            })
    void tokensAndJwkSetsOfNimbusAreUnderstood(String alg) throws Exception {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(alg);
        JWK key = key(algorithm);
        JWSSigner signer = signer(key);
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(Tokens.ISSUER)
                .subject("alice")
                .audience(List.of("mqtt"))
                .issueTime(Date.from(Tokens.NOW))
                .expirationTime(Date.from(Tokens.NOW.plusSeconds(60)))
                .build();
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(algorithm)
                        .keyID("n1")
                        .type(JOSEObjectType.JWT)
                        .build(),
                claims);
        token.sign(signer);
        // A set with private members in it, as people do.
        Path file = Judge.file(directory, "set.json", new JWKSet(key).toString(false));

        try (Judge judge = Judge.of(Judge.issuer(KeysConfig.jwks(file), alg))) {
            judge.accepted(token.serialize());
            judge.refused(token.serialize().substring(0, token.serialize().length() - 4), "signature");
        }
    }

    private static JWK key(JWSAlgorithm algorithm) throws Exception {
        if (JWSAlgorithm.Family.HMAC_SHA.contains(algorithm)) {
            return new OctetSequenceKey.Builder(Tokens.SECRET).keyID("n1").build();
        }
        if (JWSAlgorithm.Family.RSA.contains(algorithm)) {
            return new RSAKeyGenerator(2048).keyID("n1").generate();
        }
        return new ECKeyGenerator(Curve.forJWSAlgorithm(algorithm).iterator().next())
                .keyID("n1")
                .generate();
    }

    private static JWSSigner signer(JWK key) throws Exception {
        if (key instanceof OctetSequenceKey secret) {
            return new MACSigner(secret);
        }
        return key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner((ECKey) key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "EdDSA", "HS256"})
    void tokensMadeWithOpensslAreUnderstood(String alg) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no openssl here");
        String signed = base64("{\"alg\":\"" + alg + "\"}") + "." + base64(json(claims()));
        Path data = Judge.file(directory, "data", signed);
        Path pem = directory.resolve("key.pem");
        byte[] signature;
        switch (alg) {
            case "RS256", "PS256" -> {
                openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "private");
                signature = alg.equals("RS256")
                        ? openssl("dgst", "-sha256", "-sign", "private", "data")
                        : openssl(
                                "dgst",
                                "-sha256",
                                "-sigopt",
                                "rsa_padding_mode:pss",
                                "-sigopt",
                                "rsa_pss_saltlen:-1",
                                "-sign",
                                "private",
                                "data");
            }
            case "ES256" -> {
                openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "private");
                signature = raw(openssl("dgst", "-sha256", "-sign", "private", "data"));
            }
            case "EdDSA" -> {
                openssl("genpkey", "-algorithm", "ED25519", "-out", "private");
                signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", "private", "-in", data.toString());
            }
            default ->
                signature = openssl(
                        "dgst",
                        "-sha256",
                        "-binary",
                        "-mac",
                        "HMAC",
                        "-macopt",
                        "key:" + new String(Tokens.SECRET, StandardCharsets.US_ASCII),
                        "data");
        }
        KeysConfig keys;
        if (alg.equals("HS256")) {
            keys = KeysConfig.secret(Judge.secret(directory));
        } else {
            openssl("pkey", "-in", "private", "-pubout", "-out", pem.toString());
            keys = KeysConfig.pem(pem);
        }

        try (Judge judge = Judge.of(Judge.issuer(keys, alg))) {
            String token =
                    signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
            assertThat(judge.accepted(token).principal()).isEqualTo(Tokens.ISSUER + "|alice");
        }
    }

    @Test
    void aCertificateIsTakenForItsKey() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no openssl here");
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "private",
                "-out",
                "cert.pem",
                "-subj",
                "/CN=id",
                "-days",
                "2");
        Path data = directory.resolve("data");
        String signed = base64("{\"alg\":\"RS256\",\"kid\":\"whatever\"}") + "." + base64(json(claims()));
        Files.writeString(data, signed);
        byte[] signature = openssl("dgst", "-sha256", "-sign", "private", "data");

        try (Judge judge = Judge.of(Judge.issuer(KeysConfig.pem(directory.resolve("cert.pem")), "RS256"))) {
            judge.accepted(
                    signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature));
        }
    }

    @Test
    void ourOwnTokensAreUnderstood() throws Exception {
        TokenIssuer demo = TokenIssuer.ofRandomSecret();
        SettableClock clock = new SettableClock(Tokens.NOW);
        String token = demo.issue(new TokenRequest(
                Tokens.ISSUER,
                "demo",
                List.of("mqtt"),
                Tokens.NOW,
                Duration.ofHours(1),
                "k",
                Map.of("acl", TokenIssuer.acl(List.of("demo/#"), List.of("demo/+")))));

        try (JwtAuthenticator authenticator = JwtAuthenticator.ofDemo(
                Judge.issuer(KeysConfig.NONE, "HS256"), demo, new RevocationTable(clock), clock)) {
            Verdict verdict = authenticator
                    .authenticate(Judge.password("c", null, token))
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS);

            assertThat(verdict).isInstanceOfSatisfying(Verdict.Accepted.class, accepted -> {
                Permissions permissions = accepted.identity().permissions();
                assertThat(permissions.mayPublish("demo/a/b", 1, true)).isTrue();
                assertThat(permissions.maySubscribe("demo/+", 1)).isTrue();
                assertThat(permissions.maySubscribe("demo/#", 1)).isFalse();
            });
        }
    }

    /** The two numbers of a DER signature, 32 bytes each. */
    private static byte[] raw(byte[] der) {
        byte[] raw = new byte[64];
        int rLength = der[3];
        copyRight(der, 4, rLength, raw, 32);
        copyRight(der, 6 + rLength, der[5 + rLength], raw, 64);
        return raw;
    }

    private static void copyRight(byte[] from, int at, int length, byte[] to, int end) {
        int used = Math.min(length, 32);
        System.arraycopy(from, at + length - used, to, end - used, used);
    }

    private byte[] openssl(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "out", "");
        List<String> command = new java.util.ArrayList<>(List.of("/usr/bin/openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("openssl %s", arguments[0]).isZero();
        return Files.readAllBytes(out);
    }
}
