// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.rs256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.KeysConfig;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void manyUnknownKidsCauseOneReadingPerInterval() {
        ready();
        List<CompletionStage<Verdict>> verdicts = new ArrayList<>();

        for (int i = 0; i < 50; i++) {
            String token = rs256(NEW.getPrivate(), "kid-" + i, claims());
            verdicts.add(judge.authenticator.authenticate(Judge.password("c", null, token)));
        }

        verdicts.forEach(each -> assertThat(each.toCompletableFuture()
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join())
                .isEqualTo(Why.KEY.verdict()));
        assertThat(server.requests()).isEqualTo(2);
        judge.clock.forward(Duration.ofSeconds(10));
        judge.refused(rs256(NEW.getPrivate(), "kid-51", claims()), "key");
        assertThat(server.requests()).isEqualTo(3);
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
        judge.refused(NEW_TOKEN, "keys-unavailable");

        String longToken = rs256(OLD.getPrivate(), "old", claims("exp", Tokens.NOW.getEpochSecond() + 200_000));
        judge.accepted(longToken);
        judge.clock.set(Tokens.NOW.plus(Duration.ofHours(24)).plusSeconds(1));
        judge.refused(longToken, "keys-unavailable");
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

        judge.refused(NEW_TOKEN, "keys-unavailable");

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

        judge.refused(NEW_TOKEN, "keys-unavailable");

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
            judge.refused(NEW_TOKEN, "keys-unavailable");
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
