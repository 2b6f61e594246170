// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.ISSUER;
import static dev.holdfast.gateway.auth.Tokens.NOW;
import static dev.holdfast.gateway.auth.Tokens.SECRET;
import static dev.holdfast.gateway.auth.Tokens.base64;
import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.hs256;
import static dev.holdfast.gateway.auth.Tokens.json;
import static dev.holdfast.gateway.auth.Tokens.rs256;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.auth.jwt.TokenIssuer;
import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import dev.holdfast.store.Revocation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JWT attack list of the threat model, one line a test, each through the authenticator. */
class TokenAttackTest {
    private static final KeyPair RSA = Tokens.rsa();

    @TempDir
    Path directory;

    private Judge judge;

    @BeforeEach
    void open() throws Exception {
        judge = Judge.hs256(directory);
    }

    @AfterEach
    void close() {
        judge.close();
    }

    @Test
    void aGoodTokenIsAccepted() {
        Identity identity = judge.accepted(hs256(claims()));

        assertThat(identity.principal()).isEqualTo(ISSUER + "|alice");
        assertThat(identity.expiresAt()).isEqualTo(NOW.plusSeconds(3600 + 30));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS1", "RS256"})
    void algNoneOrNotOnTheListIsRefused(String alg) {
        judge.refused(hs256("{\"alg\":\"" + alg + "\"}", json(claims()), SECRET), "algorithm");
    }

    @Test
    void algMissingOrNoStringIsRefused() {
        judge.refused(hs256("{}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":null}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":[\"HS256\"]}", json(claims()), SECRET), "header");
    }

    @Test
    void aPublicKeyIsNeverTakenAsHmacSecret() throws Exception {
        Path pem = Judge.file(directory, "key.pem", Tokens.pem(RSA));
        byte[] text = Files.readAllBytes(pem);
        String confused = hs256(claims());

        try (Judge rsa = Judge.of(Judge.issuer(KeysConfig.pem(pem), "RS256"))) {
            rsa.refused(hs256("{\"alg\":\"HS256\"}", json(claims()), text), "algorithm");
        }
        // Not even when somebody has put both on the list.
        try (Judge both = Judge.of(Judge.issuer(KeysConfig.pem(pem), "RS256", "HS256"))) {
            both.refused(hs256("{\"alg\":\"HS256\"}", json(claims()), text), "key");
            both.refused(
                    hs256("{\"alg\":\"HS256\"}", json(claims()), RSA.getPublic().getEncoded()), "key");
            both.refused(confused, "key");
            both.accepted(rs256(RSA.getPrivate(), null, claims()));
        }
    }

    @Test
    void cryptoHeadersThatBringTheirOwnKeyAreIgnored() {
        String own = "\"jwk\":{\"kty\":\"oct\",\"k\":\"" + base64("attackers-secret-attackers-secret-") + "\"}";
        byte[] attacker = "attackers-secret-attackers-secret-".getBytes(StandardCharsets.US_ASCII);
        for (String header : List.of(
                own,
                "\"jku\":\"http://127.0.0.1:9/jwks\"",
                "\"x5u\":\"http://127.0.0.1:9/x\"",
                "\"x5c\":[\"MIIB\"]",
                "\"kid\":\"http://127.0.0.1:9/\"")) {
            judge.refused(hs256("{\"alg\":\"HS256\"," + header + "}", json(claims()), attacker), "signature");
        }
    }

    @Test
    void critIsRefused() {
        judge.refused(hs256("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":\"HS256\",\"crit\":[]}", json(claims()), SECRET), "header");
    }

    @Test
    void b64FalseIsRefused() {
        judge.refused(hs256("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":\"HS256\",\"b64\":false}", json(claims()), SECRET), "header");
    }

    @Test
    void anEncryptedOrNestedTokenIsRefusedByItsShape() {
        String jwe = base64("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}") + "..aaaa.bbbb.cccc";

        judge.refused(jwe, "shape");
        judge.refused(hs256(claims()) + ".aaaa.bbbb", "shape");
        judge.refused(hs256("{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":\"HS256\",\"cty\":\"JWT\"}", hs256(claims()), SECRET), "header");
    }

    @Test
    void aCompressionBombIsRefusedBeforeItIsInflated() {
        byte[] bomb = new byte[6000];
        Deflater deflater = new Deflater(9);
        deflater.setInput(new byte[5_000_000]);
        deflater.finish();
        int length = deflater.deflate(bomb);
        deflater.end();
        String payload = Base64.getUrlEncoder().withoutPadding().encodeToString(java.util.Arrays.copyOf(bomb, length));

        for (String zip : List.of("DEF", "GZIP")) {
            String signed = base64("{\"alg\":\"HS256\",\"zip\":\"" + zip + "\"}") + "." + payload;
            judge.refused(Tokens.hmac("HmacSHA256", signed, SECRET), "header");
        }
    }

    @Test
    void aTokenLongerThan8KibIsRefusedBeforeBase64() {
        Map<String, Object> padded = new LinkedHashMap<>(claims());
        padded.put("pad", "x".repeat(5700));
        String longest = hs256(padded);
        assertThat(longest.length()).isBetween(7600, 8192);

        judge.accepted(longest);
        judge.refused("a".repeat(8193), "too_long");
        judge.refused("!".repeat(1 << 20), "too_long");
        judge.refused("a".repeat(8192), "shape");
    }

    @Test
    void duplicateNamesAreRefused() {
        String twice = json(claims()).replaceFirst("\\{", "{\"sub\":\"bob\",");

        judge.refused(hs256("{\"alg\":\"HS256\"}", twice, SECRET), "claims");
        judge.refused(hs256("{\"alg\":\"none\",\"alg\":\"HS256\"}", json(claims()), SECRET), "header");
    }

    @Test
    void deeplyNestedJsonIsRefused() {
        String deep = "{\"a\":" + "[".repeat(2500) + "]".repeat(2500) + "}";

        judge.refused(hs256("{\"alg\":\"HS256\"}", deep, SECRET), "claims");
        judge.refused(hs256(deep, "{}", SECRET), "header");
        // A megabyte of it does not get that far.
        judge.refused(base64("[".repeat(1 << 20)) + ".a.a", "too_long");
    }

    @Test
    void somethingBehindTheJsonIsRefused() {
        judge.refused(hs256("{\"alg\":\"HS256\"}", json(claims()) + "{}", SECRET), "claims");
        judge.refused(hs256("{\"alg\":\"HS256\"}", "[" + json(claims()) + "]", SECRET), "claims");
        judge.refused(hs256("{\"alg\":\"HS256\"}", "", SECRET), "shape");
    }

    @Test
    void aByteOrderMarkIsRefused() {
        judge.refused(hs256("\ufeff{\"alg\":\"HS256\"}", json(claims()), SECRET), "header");
        judge.refused(hs256("{\"alg\":\"HS256\"}", "\ufeff" + json(claims()), SECRET), "claims");
        judge.refused("\ufeff" + hs256(claims()), "shape");
    }

    @Test
    void brokenUtf8AndUtf16AreRefused() {
        String header = base64("{\"alg\":\"HS256\"}");
        byte[] broken = json(claims()).replace("alice", "al\u00ffce").getBytes(StandardCharsets.ISO_8859_1);
        byte[] utf16 = json(claims()).getBytes(StandardCharsets.UTF_16LE);

        for (byte[] payload : List.of(broken, utf16)) {
            String signed =
                    header + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(payload);
            judge.refused(Tokens.hmac("HmacSHA256", signed, SECRET), "claims");
        }
    }

    @Test
    void expMissingIsRefused() {
        judge.refused(hs256(Tokens.without("exp")), "claims");
    }

    @Test
    void aHugeNegativeOrTextExpIsRefused() {
        for (Object exp : new Object[] {-1, "1900000000", "2099-01-01T00:00:00Z", true, List.of(1900000000)}) {
            assertThat(judge.verdict(hs256(claims("exp", exp))))
                    .as("exp %s", exp)
                    .isInstanceOf(Verdict.Refused.class);
        }
        for (String exp :
                List.of("1e400", "1e99", "18446744073709551617", "9223372036854775807", "253402300800", "null")) {
            String payload = json(claims("exp", 4711)).replace("4711", exp);
            assertThat(judge.verdict(hs256("{\"alg\":\"HS256\"}", payload, SECRET)))
                    .as("exp %s", exp)
                    .isInstanceOf(Verdict.Refused.class);
        }
    }

    @Test
    void aFractionalExpIsTakenAsItIs() {
        Identity identity = judge.accepted(hs256(claims("exp", NOW.getEpochSecond() + 60.5)));

        assertThat(identity.expiresAt()).isEqualTo(NOW.plusMillis(90_500));
    }

    @Test
    void expiryIsExactToTheSecondOfTheSkew() {
        judge.accepted(hs256(claims("exp", NOW.getEpochSecond() - 29)));
        judge.refused(hs256(claims("exp", NOW.getEpochSecond() - 30)), "expired");
        judge.refused(hs256(claims("exp", NOW.getEpochSecond() - 31)), "expired");
    }

    @Test
    void aRememberedTokenExpiresAsWell() {
        String token = hs256(claims());
        judge.accepted(token);

        judge.clock.forward(Duration.ofSeconds(3629));
        judge.accepted(token);
        judge.clock.forward(Duration.ofSeconds(1));
        judge.refused(token, "expired");
    }

    @Test
    void notBeforeIsExactToTheSecondOfTheSkew() {
        judge.accepted(hs256(claims("nbf", NOW.getEpochSecond() + 30)));
        judge.refused(hs256(claims("nbf", NOW.getEpochSecond() + 31)), "not_yet");
    }

    @Test
    void issuedInTheFutureIsRefused() {
        judge.accepted(hs256(claims("iat", NOW.getEpochSecond() + 30)));
        judge.refused(hs256(claims("iat", NOW.getEpochSecond() + 31)), "not_yet");
        judge.refused(hs256(claims("iat", "yesterday")), "claims");
    }

    @Test
    void audMissingOrWrongOrInAnotherCaseIsRefused() {
        judge.refused(hs256(Tokens.without("aud")), "audience");
        judge.refused(hs256(claims("aud", "other")), "audience");
        judge.refused(hs256(claims("aud", "MQTT")), "audience");
        judge.refused(hs256(claims("aud", "mqtt ")), "audience");
        judge.refused(hs256(claims("aud", List.of())), "audience");
        judge.accepted(hs256(claims("aud", List.of("other", "mqtt"))));
        assertThat(judge.verdict(hs256(claims("aud", 7)))).isInstanceOf(Verdict.Refused.class);
        assertThat(judge.verdict(hs256(claims("aud", Map.of("mqtt", 1))))).isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void issWrongOrWithoutItsSlashOrMissingIsRefused() {
        judge.refused(hs256(claims("iss", "https://id.example.com")), "issuer");
        judge.refused(hs256(claims("iss", "https://ID.example.com/")), "issuer");
        judge.refused(hs256(claims("iss", "https://evil.example.com/")), "issuer");
        judge.refused(hs256(claims("iss", List.of(ISSUER))), "issuer");
        judge.refused(hs256(Tokens.without("iss")), "issuer");
    }

    @Test
    void subMissingOrEmptyOrWithControlCharactersIsRefused() {
        judge.refused(hs256(Tokens.without("sub")), "claims");
        judge.refused(hs256(claims("sub", "")), "claims");
        judge.refused(hs256(claims("sub", "a\0b")), "claims");
        judge.refused(hs256(claims("sub", "a\nb")), "claims");
        judge.refused(hs256(claims("sub", "x".repeat(513))), "claims");
        assertThat(judge.verdict(hs256(claims("sub", 7)))).isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void aSubWithWildcardsIsANameAndNoPattern() {
        Map<String, Object> claims = new LinkedHashMap<>(claims("sub", "+/#"));
        claims.put("acl", Map.of("pub", List.of("${sub}"), "sub", List.of("u/${sub}/x")));

        Identity identity = judge.accepted(hs256(claims));

        assertThat(identity.principal()).isEqualTo(ISSUER + "|+/#");
        assertThat(identity.permissions().mayPublish("a/b", 0, false)).isFalse();
        assertThat(identity.permissions().maySubscribe("u/+/#/x", 0)).isFalse();
        assertThat(identity.permissions().mayReceive("u/a/b/x")).isFalse();
    }

    @Test
    void aStrippedOrTruncatedOrChangedSignatureIsRefused() {
        String token = hs256(claims());
        int dot = token.lastIndexOf('.');

        judge.refused(token.substring(0, dot), "shape");
        judge.refused(token.substring(0, dot + 1), "shape");
        judge.refused(token.substring(0, token.length() - 2), "shape");
        judge.refused(token.substring(0, token.length() - 3), "signature");
        judge.refused(token.substring(0, dot + 3), "signature");
        for (int i = 0; i < token.length(); i += 7) {
            char changed = token.charAt(i) == 'A' ? 'B' : 'A';
            assertThat(judge.verdict(token.substring(0, i) + changed + token.substring(i + 1)))
                    .isInstanceOf(Verdict.Refused.class);
        }
    }

    @Test
    void whiteSpaceAndPaddingAreRefused() {
        String token = hs256(claims());

        for (String changed : List.of(
                " " + token, token + " ", token + "\n", token + "=", token.replaceFirst("\\.", ".\t"), token + "\0")) {
            judge.refused(changed, "shape");
        }
    }

    @Test
    void theOtherBase64AlphabetIsRefused() {
        // A token whose signature has a character that the two alphabets write differently.
        String token = hs256(claims());
        for (int i = 0; !token.substring(token.lastIndexOf('.')).matches(".*[-_].*"); i++) {
            token = hs256(claims("n", i));
        }
        judge.accepted(token);

        judge.refused(token.replace('-', '+').replace('_', '/'), "shape");
    }

    @Test
    void oddKidsAreOnlyNames() throws Exception {
        Path set = Judge.file(directory, "jwks.json", Tokens.jwks(Map.of("k1", RSA)));
        try (Judge rsa = Judge.of(Judge.issuer(KeysConfig.jwks(set), "RS256"))) {
            rsa.accepted(rs256(RSA.getPrivate(), "k1", claims()));
            for (String kid : List.of("../../etc/passwd", "' OR 1=1 --", "k1\0", "K1", " k1", "file:///dev/zero")) {
                rsa.refused(rs256(RSA.getPrivate(), kid, claims()), "key");
            }
            rsa.refused(rs256(RSA.getPrivate(), "k".repeat(257), claims()), "header");
            rsa.refused(rs256(RSA.getPrivate(), "k".repeat(10_000), claims()), "too_long");
            rsa.refused(rs256(RSA.getPrivate(), "", claims()), "header");
            rsa.refused(rs256(RSA.getPrivate(), "{\"alg\":\"RS256\",\"kid\":7}", json(claims())), "header");
        }
    }

    @Test
    void aMissingKidIsNoChoiceAmongSeveralKeys() throws Exception {
        Path one = Judge.file(directory, "one.json", Tokens.jwks(Map.of("k1", RSA)));
        Path two = Judge.file(directory, "two.json", Tokens.jwks(Map.of("k1", RSA, "k2", Tokens.rsa())));

        try (Judge single = Judge.of(Judge.issuer(KeysConfig.jwks(one), "RS256"));
                Judge several = Judge.of(Judge.issuer(KeysConfig.jwks(two), "RS256"))) {
            single.accepted(rs256(RSA.getPrivate(), null, claims()));
            several.refused(rs256(RSA.getPrivate(), null, claims()), "key");
        }
    }

    @Test
    void theSameKidOfTwoIssuersIsTwoKeys() throws Exception {
        KeyPair other = Tokens.rsa();
        Path ours = Judge.file(directory, "ours.json", Tokens.jwks(Map.of("k1", RSA)));
        Path theirs = Judge.file(directory, "theirs.json", Tokens.jwks(Map.of("k1", other)));
        try (Judge two = Judge.of(
                Judge.issuer(KeysConfig.jwks(ours), "RS256"),
                Judge.issuer("https://tenant.example.com", KeysConfig.jwks(theirs), "RS256"))) {
            Map<String, Object> tenant = new LinkedHashMap<>(claims("iss", "https://tenant.example.com"));

            two.accepted(rs256(RSA.getPrivate(), "k1", claims()));
            assertThat(two.accepted(rs256(other.getPrivate(), "k1", tenant)).principal())
                    .isEqualTo("https://tenant.example.com|alice");
            two.refused(rs256(other.getPrivate(), "k1", claims()), "signature");
            two.refused(rs256(RSA.getPrivate(), "k1", tenant), "signature");
        }
    }

    @Test
    void aKeyIsOnlyUsedForWhatItsAlgUseAndKeyOpsSay() throws Exception {
        String plain = Tokens.jwks(Map.of("k1", RSA));
        String token = rs256(RSA.getPrivate(), "k1", claims());
        for (String not : List.of(
                plain.replace("\"use\":\"sig\"", "\"use\":\"enc\""),
                plain.replace("\"use\":\"sig\"", "\"key_ops\":[\"encrypt\"]"),
                plain.replace("\"use\":\"sig\"", "\"alg\":\"PS256\""),
                plain.replace("\"use\":\"sig\"", "\"alg\":\"RSA-OAEP\""))) {
            String other = Tokens.jwks(Map.of("k2", RSA));
            String both = not.replace("]}", "," + other.substring("{\"keys\":[".length()));
            Path file = Judge.file(directory, "jwks.json", both);
            try (Judge rsa = Judge.of(Judge.issuer(KeysConfig.jwks(file), "RS256"))) {
                rsa.refused(token, "key");
                rsa.accepted(rs256(RSA.getPrivate(), "k2", claims()));
            }
        }
    }

    @Test
    void aZeroEcdsaSignatureIsRefused() throws Exception {
        KeyPair ec = Tokens.ec("secp256r1");
        Path pem = Judge.file(directory, "ec.pem", Tokens.pem(ec));
        String signed = base64("{\"alg\":\"ES256\"}") + "." + base64(json(claims()));
        try (Judge es256 = Judge.of(Judge.issuer(KeysConfig.pem(pem), "ES256"))) {
            // CVE-2022-21449: r = s = 0, as two numbers and as DER.
            es256.refused(signed + "." + "A".repeat(86), "signature");
            es256.refused(
                    signed + "."
                            + Base64.getUrlEncoder()
                                    .withoutPadding()
                                    .encodeToString(new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0}),
                    "signature");
        }
    }

    @Test
    void aTokenForAnotherClientIdIsRefused() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        String token = hs256(claims("client_id", "phone-1"));
        String list = hs256(claims("client_id", List.of("phone-1", "phone-2")));
        for (var config : List.of(
                Judge.bound(keys, Map.of(), "client_id", null),
                Judge.bound(keys, Map.of("client_id", "${clientid}"), null, null))) {
            try (Judge bound = Judge.of(config)) {
                bound.accepted(Judge.password("phone-1", null, token));
                assertThat(((Verdict.Refused) bound.verdict(Judge.password("phone-2", null, token))).kind())
                        .isEqualTo(Verdict.Kind.NOT_AUTHORIZED);
                bound.accepted(Judge.password("phone-1", null, token));
                bound.accepted(Judge.password("phone-2", null, list));
                assertThat(bound.verdict(Judge.password("phone-1", null, hs256(claims()))))
                        .isInstanceOf(Verdict.Refused.class);
                assertThat(bound.verdict(Judge.password("${sub}", null, token))).isInstanceOf(Verdict.Refused.class);
            }
        }
    }

    @Test
    void aClientIdTemplateBindsIdsToTheSubject() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        try (Judge bound = Judge.of(Judge.bound(keys, Map.of(), null, "web-${sub}-*"))) {
            String token = hs256(claims());

            bound.accepted(Judge.password("web-alice-7", null, token));
            for (String id :
                    List.of("web-bob-7", "web-alice", "web-alicex-7", "web-${sub}-7", "*", "", "xweb-alice-7")) {
                bound.refused(Judge.password(id, null, token), "client_id");
            }
            // A star in the subject is a star.
            bound.refused(Judge.password("web-x", null, hs256(claims("sub", "*"))), "client_id");
        }
    }

    @Test
    void aRequiredClaimIsComparedLiterally() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        try (Judge bound = Judge.of(
                Judge.bound(keys, Map.of("role", "device", "preferred_username", "${username}"), null, null))) {
            Map<String, Object> claims = new LinkedHashMap<>(claims("role", List.of("user", "device")));
            claims.put("preferred_username", "al");
            String token = hs256(claims);

            bound.accepted(Judge.password("c", "al", token));
            for (String username : List.of("a.", "AL", "${sub}", "+", "al ")) {
                bound.refused(Judge.password("c", username, token), "required_claim");
            }
            bound.refused(Judge.password("c", null, token), "required_claim");
            claims.put("role", "devices");
            bound.refused(Judge.password("c", "al", hs256(claims)), "required_claim");
        }
    }

    @Test
    void aRevokedTokenIsRefusedThoughItWasRemembered() {
        String token = hs256(claims("jti", "t1"));
        judge.accepted(token);

        revoke(Revocation.Kind.TOKEN, "t1");

        judge.refused(token, "revoked");
        judge.accepted(hs256(claims("jti", "t2")));
    }

    private void revoke(Revocation.Kind kind, String value) {
        judge.revocations.put(new Revocation(new Revocation.Key(kind, ISSUER, value), NOW, NOW.plusSeconds(4000)));
    }

    @Test
    void aRevokedSubjectIsRefusedUntilItHasANewToken() {
        judge.accepted(hs256(claims()));

        revoke(Revocation.Kind.SUBJECT, "alice");

        judge.refused(hs256(claims()), "revoked");
        judge.refused(hs256(Tokens.without("iat")), "revoked");
        judge.accepted(hs256(claims("sub", "bob")));
        judge.accepted(hs256(claims("iat", NOW.getEpochSecond() + 1)));
    }

    @Test
    void oneTokenMayBeUsedByTwoClientsEachWithItsOwnPermissions() {
        String token = hs256(claims("acl", TokenIssuer.acl(List.of("${clientid}/#"), List.of())));

        Identity one = judge.accepted(Judge.password("one", null, token));
        Identity two = judge.accepted(Judge.password("two", null, token));

        assertThat(one.principal()).isEqualTo(two.principal());
        assertThat(one.permissions().mayPublish("one/x", 0, false)).isTrue();
        assertThat(one.permissions().mayPublish("two/x", 0, false)).isFalse();
        assertThat(two.permissions().mayPublish("two/x", 0, false)).isTrue();
        assertThat(two.permissions().mayPublish("one/x", 0, false)).isFalse();
        assertThat(judge.authenticator.remembered()).isEqualTo(1);
    }

    /** A cache of 0 bytes had the size of one that nobody has set. */
    @Test
    void nothingIsRememberedWhereTheCacheHasNoBytes() throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        JwtConfig config = new JwtConfig(List.of(Judge.issuer(keys, "HS256")), Duration.ZERO, 8192, null, null, 0);
        try (Judge forgetful = Judge.of(config, false)) {
            forgetful.accepted(hs256(claims()));

            assertThat(forgetful.authenticator.remembered()).isZero();
        }
    }

    @Test
    void aGarbledAclRefusesTheToken() {
        for (Object acl : new Object[] {
            "all",
            7,
            Map.of("publish", List.of("#")),
            Map.of("pub", List.of(1)),
            Map.of("pub", Map.of()),
            List.of("x"),
            List.of(Map.of("permission", "allow", "action", "publish")),
            List.of(Map.of("permission", "allow", "action", "write", "topic", "a")),
            List.of(Map.of("permission", "Allow", "action", "all", "topic", "a")),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "a#")),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "")),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "${nobody}/x")),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "a", "qos", 3)),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "a", "qos", List.of())),
            List.of(Map.of("permission", "allow", "action", "all", "topic", "a", "retain", "yes")),
            List.of(Map.of("permission", "deny", "action", "all", "topic", "a", "who", "all"))
        }) {
            judge.refused(hs256(claims("acl", acl)), "acl");
        }
        String nothing = json(claims("acl", null));
        judge.refused(hs256("{\"alg\":\"HS256\"}", nothing, SECRET), "acl");
    }

    @Test
    void nothingOfATokenIsInWhatIsSaidAboutIt() {
        String token = hs256(claims("secret-claim", "s3cr3t"));
        Credentials credentials = Judge.password("c1", null, token);

        for (Object said : List.of(
                credentials,
                judge.verdict(credentials),
                judge.verdict(token + "x"),
                judge.accepted(token).permissions())) {
            assertThat(said.toString()).doesNotContain("s3cr3t", token, token.substring(token.lastIndexOf('.')));
        }
    }
}
