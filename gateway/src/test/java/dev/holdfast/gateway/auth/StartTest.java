// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.hs256;
import static dev.holdfast.gateway.auth.Tokens.rs256;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.auth.AclRuleConfig;
import dev.holdfast.gateway.config.auth.IssuerConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What refuses to start, and key files that change while the gateway runs. */
class StartTest {
    private static final KeyPair RSA = Tokens.rsa();

    @TempDir
    Path directory;

    private static void refuses(IssuerConfig issuer, String message) {
        assertThatThrownBy(() -> Judge.of(issuer).close())
                .isInstanceOf(AuthConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aWeakHmacSecretRefusesToStart() throws Exception {
        Path weak = Judge.file(directory, "weak", "x".repeat(31) + "\n");
        Path enough = Judge.file(directory, "enough", "x".repeat(32) + "\n");

        refuses(Judge.issuer(KeysConfig.secret(weak), "HS256"), "31 bytes");
        refuses(Judge.issuer(KeysConfig.secret(enough), "HS256", "HS512"), "HS512 needs 512");
        assertThatCode(() -> Judge.of(Judge.issuer(KeysConfig.secret(enough), "HS256"))
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void aPublicKeyAsSecretRefusesToStart() throws Exception {
        Path pem = Judge.file(directory, "key.pem", Tokens.pem(RSA));

        refuses(Judge.issuer(KeysConfig.secret(pem), "HS256"), "PEM is not an HMAC secret");
    }

    @Test
    void aBrokenOrMissingOrEmptyKeyFileRefusesToStart() throws Exception {
        Path garbage = Judge.file(directory, "garbage", "garbage\u0000garbage");
        Path broken = Judge.file(directory, "broken", Tokens.pem(RSA).replace("MII", "XXX"));
        Path cut = Judge.file(directory, "cut", Tokens.pem(RSA).substring(0, 100));
        Path secret = Judge.file(directory, "private", Tokens.pem(RSA).replace("PUBLIC", "PRIVATE"));
        Path empty = Judge.file(directory, "empty", "{\"keys\":[]}");

        refuses(Judge.issuer(KeysConfig.pem(directory.resolve("nowhere")), "RS256"), "cannot be read");
        refuses(Judge.issuer(KeysConfig.secret(directory), "HS256"), "cannot be read");
        refuses(Judge.issuer(KeysConfig.pem(garbage), "RS256"), "no key");
        refuses(Judge.issuer(KeysConfig.pem(broken), "RS256"), "neither RSA nor EC nor EdDSA");
        refuses(Judge.issuer(KeysConfig.pem(cut), "RS256"), "no key");
        refuses(Judge.issuer(KeysConfig.pem(secret), "RS256"), "PRIVATE KEY where");
        refuses(Judge.issuer(KeysConfig.jwks(empty), "RS256"), "no key");
        refuses(Judge.issuer(KeysConfig.jwks(garbage), "RS256"), "not a JWK set");
        refuses(Judge.issuer(KeysConfig.NONE, "RS256"), "exactly one");
    }

    @Test
    void aKeyThatDoesNotFitTheAlgorithmsRefusesToStart() throws Exception {
        Path pem = Judge.file(directory, "key.pem", Tokens.pem(RSA));
        Path p384 = Judge.file(directory, "p384.pem", Tokens.pem(Tokens.ec("secp384r1")));

        refuses(Judge.issuer(KeysConfig.pem(pem), "ES256"), "no key that fits");
        refuses(Judge.issuer(KeysConfig.pem(p384), "ES256"), "no key that fits");
    }

    @Test
    void settingsThatSayTooLittleRefuseToStart() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        IssuerConfig good = Judge.issuer(keys, "HS256");

        refuses(Judge.issuer("", keys, "HS256"), "name");
        refuses(Judge.issuer("a|b", keys, "HS256"), "name");
        refuses(Judge.issuer(keys), "algorithms");
        refuses(Judge.issuer(keys, "none"), "no such algorithm");
        refuses(Judge.issuer(keys, "hs256"), "no such algorithm");
        refuses(new IssuerConfig("i", List.of(), List.of("HS256"), keys, Map.of(), null, null, List.of()), "audience");
        refuses(Judge.bound(keys, Map.of("a", "${who}"), null, null), "placeholder");
        refuses(Judge.bound(keys, Map.of(), null, "${sub}*"), "template");
        assertThatThrownBy(() -> Judge.of(good, good).close()).hasMessageContaining("twice");
        assertThatThrownBy(() -> Judge.of().close()).hasMessageContaining("at least one issuer");
    }

    @Test
    void aGarbledAclInTheConfigurationRefusesToStart() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        for (AclRuleConfig rule : List.of(
                new AclRuleConfig("permit", "all", List.of("a"), List.of(), null),
                new AclRuleConfig("allow", "", List.of("a"), List.of(), null),
                new AclRuleConfig("allow", "all", List.of(), List.of(), null),
                new AclRuleConfig("allow", "all", List.of("a/#/b"), List.of(), null),
                new AclRuleConfig("allow", "all", List.of("${x}"), List.of(), null),
                new AclRuleConfig("allow", "all", List.of("a"), List.of(3), null))) {
            refuses(
                    new IssuerConfig("i", List.of("*"), List.of("HS256"), keys, Map.of(), null, null, List.of(rule)),
                    "default-acl");
        }
    }

    @Test
    void aKeyFileIsReadAgainWhenItChangesAndABrokenOneReplacesNothing() throws Exception {
        KeyPair fresh = Tokens.rsa();
        Path set = Judge.file(directory, "jwks.json", Tokens.jwks(Map.of("k1", RSA)));
        try (Judge judge = Judge.of(Judge.issuer(KeysConfig.jwks(set), "RS256"))) {
            String old = rs256(RSA.getPrivate(), "k1", claims());
            String now = rs256(fresh.getPrivate(), "k2", claims());
            judge.accepted(old);

            Files.writeString(set, Tokens.jwks(Map.of("k1", RSA, "k2", fresh)));
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> judge.accepted(now));
            judge.accepted(old);

            Files.writeString(set, "{\"keys\":[");
            judge.authenticator.reload();
            judge.accepted(old);

            Files.writeString(set, Tokens.jwks(Map.of("k2", fresh)));
            judge.authenticator.reload();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> judge.refused(old, "key"));
            judge.accepted(now);
        }
    }

    @Test
    void aPemFileMayHoldTheOldAndTheNewKey() throws Exception {
        KeyPair fresh = Tokens.rsa();
        Path pem = Judge.file(directory, "keys.pem", Tokens.pem(RSA) + Tokens.pem(fresh));
        try (Judge judge = Judge.of(Judge.issuer(KeysConfig.pem(pem), "RS256"))) {
            judge.accepted(rs256(RSA.getPrivate(), "any", claims()));
            judge.accepted(rs256(fresh.getPrivate(), null, claims()));
            judge.refused(rs256(Tokens.rsa().getPrivate(), null, claims()), "signature");
        }
    }

    @Test
    void aSecretMayBeWrittenInBase64() throws Exception {
        Path file =
                Judge.file(directory, "b64", java.util.Base64.getUrlEncoder().encodeToString(Tokens.SECRET) + "\n");
        KeysConfig keys = new KeysConfig(
                file,
                null,
                null,
                null,
                true,
                false,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2),
                0,
                Duration.ofSeconds(10),
                Duration.ofHours(1));
        try (Judge judge = Judge.of(Judge.issuer(keys, "HS256", "HS512"))) {
            judge.accepted(hs256(claims()));
        }
    }
}
