// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.rs256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.auth.KeysConfig;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys behind a URL whose server goes down, rotates, lies and dawdles. */
class JwksUrlTest {
    private static final KeyPair OLD = Tokens.rsa();
    private static final KeyPair NEW = Tokens.rsa();
    private static final String OLD_TOKEN = rs256(OLD.getPrivate(), "old", claims());
    private static final String NEW_TOKEN = rs256(NEW.getPrivate(), "new", claims());

    private JwksServer server;
    private Judge judge;

    @BeforeEach
    void open() throws Exception {
        server = new JwksServer(Tokens.jwks(Map.of("old", OLD)));
        judge = Judge.of(Judge.issuer(keys(server.url(), Duration.ofHours(1)), "RS256"));
    }

    @AfterEach
    void close() {
        judge.close();
        server.close();
    }

    private static KeysConfig keys(URI url, Duration refresh) {
        return new KeysConfig(
                null,
                null,
                null,
                url,
                false,
                true,
                refresh,
                Duration.ofMillis(500),
                0,
                Duration.ofSeconds(10),
                Duration.ofHours(24));
    }

    /** The keys are there, and whoever asks for another now causes a reading rather than join the one that brought them. */
    private void ready() {
        await().until(() -> judge.authenticator.isReady() && judge.readings.get() > 0);
    }

    @Test
    void aTokenIsAcceptedWithAKeyFromTheUrl() {
        ready();

        judge.accepted(OLD_TOKEN);

        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void aTokenThatComesBeforeTheFirstReadingWaitsForIt() {
        judge.accepted(OLD_TOKEN);
    }

    @Test
    void anUnknownKidCausesOneReadingAndThenIsRememberedAsUnknown() {
        ready();

        for (int i = 0; i < 50; i++) {
            judge.refused(NEW_TOKEN, "key");
        }

        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void manyUnknownKidsCauseOneReadingPerInterval() throws Exception {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tokens.add(rs256(NEW.getPrivate(), "kid-" + i, claims()));
        }
        try (Judge patient = withInterval(Duration.ofMillis(500))) {
            int before = server.requests();

            List<Verdict> verdicts = allAtOnce(patient, tokens);

            assertThat(verdicts).containsOnly(TokenRefusal.KEY.verdict());
            assertThat(server.requests() - before).isBetween(1, 8);
        }
    }

    /**
     * A stranger with a key id of his own used up the one reading just before the keys were changed: 59 of 60 good clients
     * were refused as bad, and then for failing too often.
     */
    @Test
    void whoComesAfterAStrangerHasUsedUpTheReadingWaitsForTheNextOne() throws Exception {
        List<String> good = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            good.add(rs256(NEW.getPrivate(), "new", claims("sub", "user" + i)));
        }
        try (Judge patient = withInterval(Duration.ofSeconds(1))) {
            patient.refused(rs256(OLD.getPrivate(), "stranger", claims()), "key");
            server.jwks = Tokens.jwks(Map.of("new", NEW));
            int before = server.requests();

            List<Verdict> verdicts = allAtOnce(patient, good);

            assertThat(verdicts).allMatch(Verdict.Accepted.class::isInstance);
            assertThat(server.requests() - before).isBetween(1, 8);
        }
    }

    @Test
    void whoWouldHaveToWaitForTooLongIsToldThatItIsOnUs() throws Exception {
        try (Judge patient = withInterval(Duration.ofHours(1))) {
            patient.refused(rs256(OLD.getPrivate(), "stranger", claims()), "key");
            server.jwks = Tokens.jwks(Map.of("new", NEW));

            assertThat(patient.verdict(NEW_TOKEN)).isEqualTo(TokenRefusal.KEYS_UNAVAILABLE.verdict());
        }
    }

    /** An identity server that was set up anew had another key under the old name: nobody came in until the gateway was started anew. */
    @Test
    void anotherKeyUnderTheOldNameIsFoundAtItsFirstToken() throws Exception {
        try (Judge patient = withInterval(Duration.ofMillis(200))) {
            patient.accepted(OLD_TOKEN);
            server.jwks = Tokens.jwks(Map.of("old", NEW));

            patient.accepted(rs256(NEW.getPrivate(), "old", claims()));

            patient.refused(rs256(OLD.getPrivate(), "old", claims("jti", "2")), "signature");
            patient.refused(OLD_TOKEN, "signature");
        }
    }

    @Test
    void forgedSignaturesCauseOneReadingPerInterval() throws Exception {
        List<String> forged = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            forged.add(rs256(NEW.getPrivate(), "old", claims("jti", "forged" + i)));
        }
        try (Judge patient = withInterval(Duration.ofMillis(500))) {
            int before = server.requests();

            List<Verdict> verdicts = allAtOnce(patient, forged);

            assertThat(verdicts).containsOnly(TokenRefusal.SIGNATURE.verdict());
            assertThat(server.requests() - before).isBetween(1, 8);
            patient.accepted(OLD_TOKEN);
        }
    }

    private Judge withInterval(Duration interval) throws Exception {
        KeysConfig keys = new KeysConfig(
                null,
                null,
                null,
                server.url(),
                false,
                true,
                Duration.ofHours(1),
                Duration.ofMillis(500),
                0,
                interval,
                Duration.ofHours(24));
        Judge patient = Judge.of(Judge.issuer(keys, "RS256"));
        await().until(() -> patient.authenticator.isReady() && patient.readings.get() > 0);
        return patient;
    }

    private static List<Verdict> allAtOnce(Judge judge, List<String> tokens) {
        return tokens.stream()
                .map(token -> judge.authenticator
                        .authenticate(Judge.password("c", null, token))
                        .toCompletableFuture()
                        .orTimeout(10, TimeUnit.SECONDS))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
    }

    /** Some identity servers write certificates with line breaks, PEM armour or base64url: the key beside it was not used. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"MIIB\\nAgMB\"]",
                "[\"-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----\"]",
                "[\"MIIB_-8\"]",
                "[]",
                "\"MIIB\"",
                "null"
            })
    void aKeyWhoseCertificateIsWrittenOddlyIsUsedByWhatItIs(String certificate) {
        ready();
        server.jwks = Tokens.jwks(Map.of("new", NEW))
                .replace(
                        "\"use\":\"sig\"",
                        "\"use\":\"sig\",\"x5c\":" + certificate
                                + ",\"x5t\":\"?\",\"x5t#S256\":\"?\",\"x5u\":\"no url\"");

        judge.accepted(NEW_TOKEN);
    }

    @Test
    void aRotatedKeyIsFoundAtItsFirstTokenAndTheOldOneCountsWhileItIsPublished() {
        ready();
        judge.accepted(OLD_TOKEN);

        server.jwks = Tokens.jwks(Map.of("old", OLD, "new", NEW));

        judge.accepted(NEW_TOKEN);
        judge.accepted(OLD_TOKEN);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void aKidLearntLaterIsNoLongerRememberedAsUnknown() {
        ready();
        judge.refused(NEW_TOKEN, "key");

        server.jwks = Tokens.jwks(Map.of("old", OLD, "new", NEW));
        judge.authenticator.reload();

        await().untilAsserted(() -> judge.accepted(NEW_TOKEN));
    }

    @Test
    void aKeyTakenOutOfTheSetStopsCountingEvenForARememberedToken() {
        ready();
        judge.accepted(OLD_TOKEN);

        server.jwks = Tokens.jwks(Map.of("new", NEW));
        judge.authenticator.reload();

        await().untilAsserted(() -> judge.refused(OLD_TOKEN, "key"));
        judge.accepted(NEW_TOKEN);
    }

    @Test
    void keysAreReadAheadOfNeed() throws Exception {
        try (Judge eager = Judge.of(Judge.issuer(keys(server.url(), Duration.ofMillis(50)), "RS256"))) {
            server.jwks = Tokens.jwks(Map.of("new", NEW));
            int before = server.requests();

            await().until(() -> server.requests() > before + 3);

            eager.accepted(NEW_TOKEN);
        }
    }

    @Test
    void oldKeysCountThroughAnOutageUpToStaleMax() throws Exception {
        ready();
        server.down();

        judge.authenticator.reload();
        judge.clock.forward(Duration.ofMinutes(30));
        judge.accepted(OLD_TOKEN);
        judge.refused(NEW_TOKEN, "keys_unavailable");

        String longToken = rs256(OLD.getPrivate(), "old", claims("exp", Tokens.NOW.getEpochSecond() + 200_000));
        judge.accepted(longToken);
        judge.clock.set(Tokens.NOW.plus(Duration.ofHours(24)).plusSeconds(1));
        judge.refused(longToken, "keys_unavailable");
        assertThat(judge.authenticator.isReady()).isFalse();

        server.up();
        judge.clock.forward(Duration.ofSeconds(10));
        judge.accepted(longToken);
    }

    @ParameterizedTest
    @EnumSource(
            value = JwksServer.Mood.class,
            names = {"STATUS_500", "HTML", "NEVER", "DRIP", "TOO_MUCH", "ENDLESS", "REDIRECT"})
    void aServerThatMisbehavesLeavesTheKeysAsTheyAreAndAnswersInTime(JwksServer.Mood mood) {
        ready();
        server.mood = mood;
        long start = System.nanoTime();

        judge.refused(NEW_TOKEN, "keys_unavailable");

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(server.requests()).isEqualTo(2);
        judge.accepted(OLD_TOKEN);
    }

    @Test
    void theCallerIsNotHeldUpByASlowServer() {
        ready();
        server.mood = JwksServer.Mood.NEVER;
        long start = System.nanoTime();

        CompletionStage<Verdict> verdict = judge.authenticator.authenticate(Judge.password("c", null, NEW_TOKEN));

        assertThat(verdict.toCompletableFuture()).isNotDone();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(400));
        judge.accepted(OLD_TOKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/elsewhere", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/"})
    void noRedirectIsFollowed(String location) {
        ready();
        server.location = location;
        server.mood = JwksServer.Mood.REDIRECT;

        judge.refused(NEW_TOKEN, "keys_unavailable");

        assertThat(server.redirected()).isZero();
    }

    @Test
    void anEmptySetOrOneWithoutUsableKeysReplacesNothing() {
        ready();
        String weak = "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"new\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}";
        String secret =
                "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"new\",\"k\":\"" + Tokens.base64("x".repeat(64)) + "\"}]}";
        for (String set : List.of("{\"keys\":[]}", "{}", "[]", "", "{\"keys\":[{}]}", weak, secret)) {
            server.jwks = set;
            judge.clock.forward(Duration.ofSeconds(10));
            judge.refused(NEW_TOKEN, "keys_unavailable");
        }

        judge.accepted(OLD_TOKEN);
    }

    @Test
    void nothingInAnUnverifiedTokenCausesAReadingForAnIssuerThatIsNotOurs() {
        ready();

        judge.refused(rs256(NEW.getPrivate(), "new", claims("iss", server.url() + "/x")), "issuer");
        judge.refused(rs256(NEW.getPrivate(), "new", claims("iss", "https://id.example.com/../evil")), "issuer");

        assertThat(server.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://id.example.com/jwks",
                "http://127.0.0.1.example.com/jwks",
                "http://169.254.169.254/jwks",
                "file:///etc/jwks",
                "https:///jwks",
                "https://user:pass@id.example.com/jwks",
                "ftp://127.0.0.1/jwks"
            })
    void aUrlThatIsNotHttpsRefusesToStart(String url) {
        assertThatThrownBy(() -> Judge.of(Judge.issuer(keys(URI.create(url), Duration.ofHours(1)), "RS256")))
                .isInstanceOf(AuthConfigException.class);
    }

    @Test
    void httpToThisMachineNeedsToBeAskedFor() {
        assertThatThrownBy(() -> Judge.of(Judge.issuer(KeysConfig.jwks(server.url()), "RS256")))
                .isInstanceOf(AuthConfigException.class)
                .hasMessageContaining("https");
    }
}
