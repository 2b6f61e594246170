// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.auth.jwt.TokenRequest;
import dev.holdfast.gateway.config.auth.AclRuleConfig;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which algorithms of RFC 9864 are taken, and which tokens are of a kind that lets in. */
final class TokenKindsTest {
    private static final String JWT = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    @TempDir
    private Path directory;

    private static KeyPair edwards(String curve) throws Exception {
        return KeyPairGenerator.getInstance(curve).generateKeyPair();
    }

    private static String signed(KeyPair keys, String algorithm) throws Exception {
        String signed = Tokens.base64("{\"alg\":\"" + algorithm + "\",\"kid\":\"k\"}") + "."
                + Tokens.base64(Tokens.json(Tokens.claims()));
        Signature signature = Signature.getInstance("EdDSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private KeysConfig jwks(KeyPair keys, String curve, String alg) throws Exception {
        byte[] spki = keys.getPublic().getEncoded();
        int length = curve.equals("Ed25519") ? 32 : 57;
        String x = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Arrays.copyOfRange(spki, spki.length - length, spki.length));
        return KeysConfig.jwks(Judge.file(
                directory,
                "jwks.json",
                "{\"keys\":[{\"kty\":\"OKP\",\"kid\":\"k\",\"crv\":\"" + curve + "\",\"x\":\"" + x + "\"" + alg
                        + "}]}"));
    }

    @ParameterizedTest
    @CsvSource({
        "Ed25519, Ed25519, Ed25519, Ed25519",
        "Ed25519, Ed25519, Ed25519, ''",
        "Ed25519, Ed25519, Ed25519, EdDSA",
        "Ed25519, EdDSA, EdDSA, Ed25519",
        "Ed25519, EdDSA, Ed25519, Ed25519",
        "Ed25519, EdDSA, Ed25519, EdDSA",
        "Ed25519, EdDSA, EdDSA, ''",
        "Ed448, Ed448, Ed448, Ed448",
        "Ed448, Ed448, Ed448, ''",
        "Ed448, EdDSA, EdDSA, EdDSA",
        "Ed448, EdDSA, Ed448, ''"
    })
    void aSignatureOfAnEdwardsCurveIsTakenByItsOldAndItsNewName(
            String curve, String setting, String inToken, String inJwk) throws Exception {
        KeyPair keys = edwards(curve);
        String alg = inJwk.isEmpty() ? "" : ",\"alg\":\"" + inJwk + "\"";
        try (Judge judge = Judge.of(Judge.issuer(jwks(keys, curve, alg), setting))) {
            judge.accepted(signed(keys, inToken));
        }
    }

    @Test
    void aNameOfACurveIsThatCurveAlone() throws Exception {
        KeyPair small = edwards("Ed25519");
        KeyPair large = edwards("Ed448");
        try (Judge judge = Judge.of(Judge.issuer(jwks(small, "Ed25519", ""), "Ed25519"))) {
            judge.refused(signed(small, "EdDSA"), "algorithm");
            judge.refused(signed(small, "Ed448"), "algorithm");
            judge.refused(signed(large, "Ed25519"), "signature");
        }
        try (Judge judge = Judge.of(Judge.issuer(jwks(small, "Ed25519", ""), "EdDSA", "Ed448"))) {
            judge.refused(signed(small, "Ed448"), "key");
        }
        assertThatThrownBy(() -> Judge.of(Judge.issuer(jwks(large, "Ed448", ""), "Ed25519")))
                .hasMessageContaining("no key that fits");
        assertThatThrownBy(() -> Judge.of(Judge.issuer(jwks(small, "Ed25519", ""), "ES256K")))
                .hasMessageContaining("no such algorithm: ES256K (Java has no secp256k1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ed25519", "Ed448"})
    void aTokenIsIssuedUnderTheNameOfItsCurve(String curve) throws Exception {
        KeyPair keys = edwards(curve);
        Path file = Judge.file(
                directory,
                "key.pem",
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        String token = TokenIssuer.ofPrivateKeyFile(file, curve)
                .issue(new TokenRequest(
                        Tokens.ISSUER, "ann", List.of("mqtt"), Tokens.NOW, Duration.ofHours(1), null, Map.of()));

        try (Judge judge = Judge.of(Judge.issuer(jwks(keys, curve, ",\"alg\":\"" + curve + "\""), curve))) {
            judge.accepted(token);
        }
        assertThatThrownBy(() -> TokenIssuer.ofPrivateKeyFile(file, curve.equals("Ed448") ? "Ed25519" : "Ed448"))
                .hasMessageContaining("does not go with the key");
    }

    // ---- kinds

    private static IssuerConfig demanding(KeysConfig keys, String... types) {
        return new IssuerConfig(
                Tokens.ISSUER,
                List.of("mqtt"),
                List.of("HS256"),
                List.of(types),
                keys,
                Map.of(),
                null,
                null,
                List.of(new AclRuleConfig("allow", "all", List.of("#"), List.of(), null)));
    }

    private static String typed(String type) {
        return Tokens.hs256(
                type.isEmpty() ? "{\"alg\":\"HS256\"}" : "{\"alg\":\"HS256\",\"typ\":\"" + type + "\"}",
                Tokens.json(Tokens.claims()),
                Tokens.SECRET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "JOSE", "Bearer"})
    void aTokenThatNamesNoOtherKindLetsIn(String type) throws Exception {
        try (Judge judge = Judge.of(demanding(KeysConfig.secret(Judge.secret(directory))))) {
            judge.accepted(typed(type));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "logout+jwt",
                "Logout+JWT",
                "application/logout+jwt",
                "dpop+jwt",
                "secevent+jwt",
                "entity-statement+jwt"
            })
    void aTokenOfAnotherKindLetsNobodyIn(String type) throws Exception {
        try (Judge judge = Judge.of(demanding(KeysConfig.secret(Judge.secret(directory))))) {
            judge.refused(typed(type), "type");
        }
    }

    @Test
    void aTypeMayBeDemanded() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        try (Judge judge = Judge.of(demanding(keys, "application/at+jwt", "mqtt+jwt"))) {
            judge.accepted(typed("at+jwt"));
            judge.accepted(typed("application/AT+JWT"));
            judge.accepted(typed("mqtt+jwt"));
            judge.refused(typed("JWT"), "type");
            judge.refused(typed(""), "type");
            judge.refused(typed("logout+jwt"), "type");
        }
    }

    @Test
    void aLogoutTokenWithoutATypeAndATokenThatIsBoundToAKeyLetNobodyIn() throws Exception {
        try (Judge judge = Judge.of(demanding(KeysConfig.secret(Judge.secret(directory))))) {
            Map<String, Object> event = Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of());
            judge.refused(Tokens.hs256(JWT, Tokens.json(Tokens.claims("events", event)), Tokens.SECRET), "type");
            for (Map<String, Object> key :
                    List.<Map<String, Object>>of(Map.of("jkt", "x"), Map.of("x5t#S256", "x"), Map.of())) {
                judge.refused(Tokens.hs256(JWT, Tokens.json(Tokens.claims("cnf", key)), Tokens.SECRET), "bound");
            }
            judge.accepted(Tokens.hs256(JWT, Tokens.json(Tokens.claims("cnf", null)), Tokens.SECRET));
        }
    }
}
