// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import static dev.holdfast.gateway.auth.Tokens.claims;
import static dev.holdfast.gateway.auth.Tokens.hs256;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.config.auth.JwtConfig;
import dev.holdfast.gateway.config.auth.KeysConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a token may come from, and which one counts. */
class TokenSourcesTest {
    private static final String ALICE = hs256(claims());
    private static final String BOB = hs256(claims("sub", "bob"));

    @TempDir
    Path directory;

    private Judge judge;

    @BeforeEach
    void open() throws Exception {
        judge = Judge.of(config("token", "access_token"), true);
    }

    @AfterEach
    void close() {
        judge.close();
    }

    private JwtConfig config(@Nullable String cookie, @Nullable String query) throws Exception {
        KeysConfig keys = KeysConfig.secret(Judge.secret(directory));
        return new JwtConfig(List.of(Judge.issuer(keys, "HS256")), Duration.ofSeconds(30), 0, cookie, query, 16L << 20);
    }

    private static Credentials upgrade(
            @Nullable String authorization,
            @Nullable String cookies,
            String subprotocols,
            @Nullable String query,
            @Nullable String origin) {
        return new Credentials(
                "c1",
                null,
                null,
                null,
                null,
                "192.0.2.1",
                new Credentials.Upgrade(authorization, cookies, subprotocols, query, origin));
    }

    private static Credentials all(
            @Nullable String password,
            @Nullable String method,
            @Nullable String data,
            Credentials.@Nullable Upgrade upgrade) {
        return new Credentials("c1", "u1", bytes(password), method, bytes(data), "192.0.2.1", upgrade);
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private void isAlice(Credentials credentials) {
        assertThat(judge.accepted(credentials).principal()).endsWith("|alice");
    }

    @Test
    void eachWayWorks() {
        isAlice(all(null, "JWT", ALICE, null));
        isAlice(all(ALICE, null, null, null));
        isAlice(upgrade("Bearer " + ALICE, null, "mqtt", null, null));
        isAlice(upgrade("bearer  " + ALICE + " ", null, "mqtt", null, null));
        isAlice(upgrade(null, null, "mqtt, bearer." + ALICE, null, null));
        isAlice(upgrade(null, "a=b; token=" + ALICE + "; c=d", "mqtt", null, "https://app.example.com"));
        isAlice(upgrade(null, null, "mqtt", "x=y&access_token=" + ALICE, null));
    }

    @Test
    void theFirstPlaceThatHoldsAnythingDecides() {
        var all = new Credentials.Upgrade(
                "Bearer " + BOB, "token=" + BOB, "mqtt, bearer." + BOB, "access_token=" + BOB, "o");

        isAlice(all(BOB, "JWT", ALICE, all));
        isAlice(all(ALICE, null, null, all));
        isAlice(upgrade("Bearer " + ALICE, "token=" + BOB, "mqtt, bearer." + BOB, "access_token=" + BOB, "o"));
        isAlice(upgrade("Basic eDp5", "token=" + BOB, "mqtt, bearer." + ALICE, "access_token=" + BOB, "o"));
        isAlice(upgrade(null, "token=" + ALICE, "mqtt", "access_token=" + BOB, "o"));
    }

    @Test
    void thereIsNoFallingThroughToTheNextPlace() {
        judge.refused(
                all("no token", null, null, new Credentials.Upgrade("Bearer " + ALICE, null, "mqtt", null, null)),
                "shape");
        judge.refused(all(ALICE, "JWT", null, null), "no_token");
        judge.refused(upgrade("Bearer x", "token=" + ALICE, "mqtt", null, "o"), "shape");
    }

    @Test
    void anEmptyPasswordIsNone() {
        isAlice(all("", null, null, new Credentials.Upgrade("Bearer " + ALICE, null, "mqtt", null, null)));
        judge.refused(all("", null, null, null), "no_token");
        judge.refused(all(null, null, null, null), "no_token");
    }

    @Test
    void twoTokensInOnePlaceAreRefused() {
        judge.refused(upgrade(null, null, "bearer." + ALICE + ",bearer." + BOB, null, null), "ambiguous");
        judge.refused(upgrade(null, "token=" + ALICE + "; token=" + BOB, "mqtt", null, "o"), "ambiguous");
        judge.refused(
                upgrade(null, null, "mqtt", "access_token=" + ALICE + "&access_token=" + ALICE, null), "ambiguous");
    }

    @Test
    void aCookieCountsOnlyWithAnOrigin() {
        judge.refused(upgrade(null, "token=" + ALICE, "mqtt", null, null), "no_token");
        judge.refused(upgrade(null, "nottoken=" + ALICE, "mqtt", null, "o"), "no_token");
    }

    @Test
    void aCookieWithoutAListOfOriginsRefusesToStart() throws Exception {
        JwtConfig config = config("token", null);

        assertThatThrownBy(() -> Judge.of(config, false))
                .isInstanceOf(AuthConfigException.class)
                .hasMessageContaining("origins");
    }

    @Test
    void cookieAndQueryAreOffUnlessNamed() throws Exception {
        try (Judge strict = Judge.of(config(null, null), true)) {
            strict.refused(
                    upgrade(null, "token=" + ALICE, "mqtt", "token=" + ALICE + "&access_token=" + ALICE, "o"),
                    "no_token");
        }
    }

    @Test
    void aLongTokenInTheUpgradeIsRefusedAsWell() {
        judge.refused(upgrade("Bearer " + "a".repeat(9000), null, "mqtt", null, null), "too_long");
    }
}
