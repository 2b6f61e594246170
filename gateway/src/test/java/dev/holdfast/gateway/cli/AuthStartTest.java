// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.HoldfastProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of authentication that cannot be trusted refuse to start and say why (Moquette #967: never fail open). */
final class AuthStartTest {
    @TempDir
    private Path directory;

    private Path secret;

    @BeforeEach
    void write() throws Exception {
        secret = Files.writeString(directory.resolve("secret"), "0123456789abcdef".repeat(4));
    }

    private static String issuer(String keys, String more) {
        return "auth.jwt.issuers=[{issuer: me, audience: [mqtt], algorithms: [HS256, RS256], keys: {" + keys + "}"
                + more + "}]";
    }

    private static void refuses(String message, String... settings) {
        String[] all = new String[settings.length + 4];
        all[0] = "listeners.host=127.0.0.1";
        all[1] = "listeners.tcp-port=0";
        all[2] = "listeners.ws-port=0";
        all[3] = "listeners.admin-port=0";
        System.arraycopy(settings, 0, all, 4, settings.length);
        assertThatThrownBy(() -> Gateway.start(HoldfastConfig.of(all)).close())
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(CommandFailure.USAGE))
                .hasMessageStartingWith("auth.jwt.")
                .hasMessageContaining(message);
    }

    @Test
    void aMissingKeyFileRefusesToStart() {
        refuses("cannot be read", issuer("pem-file: " + directory.resolve("nowhere"), ""));
    }

    @Test
    void aBrokenKeyFileRefusesToStartAlsoWithAnonymousAccess() throws Exception {
        Path broken = Files.writeString(directory.resolve("broken.pem"), "garbage");

        refuses("no key", issuer("pem-file: " + broken, ""), "auth.anonymous=true");
    }

    @Test
    void anEmptyKeySetRefusesToStart() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty.json"), "{\"keys\":[]}");

        refuses("no key", issuer("jwks-file: " + empty, ""));
    }

    @Test
    void noKeysAtAllRefuseToStart() {
        refuses("exactly one", issuer("", ""));
    }

    @Test
    void aGarbledAclRefusesToStart() {
        String keys = "secret-file: " + secret;

        refuses("default-acl", issuer(keys, ", default-acl: [{permission: permit, action: all, topics: [a]}]"));
        refuses("default-acl", issuer(keys, ", default-acl: [{permission: allow, action: all, topics: [\"a/#/b\"]}]"));
        refuses("default-acl", issuer(keys, ", default-acl: [{permission: allow, action: all}]"));
    }

    @Test
    void aCookieWithoutAListOfOriginsRefusesToStart() {
        String keys = issuer("secret-file: " + secret, "").replace("HS256, RS256", "HS256");

        refuses("origins", keys, "auth.jwt.cookie=hf", "websocket.allowed-origins=*");
    }

    @Test
    void aMisspeltSettingOfAnIssuerIsFoundWhileReading() {
        assertThatThrownBy(() -> HoldfastConfig.of(issuer("secret-file: " + secret, ", audiense: [x]")))
                .hasMessageContaining("auth.jwt.issuers[0].audiense: unknown key; did you mean")
                .hasMessageContaining("audience");
        assertThatThrownBy(() -> HoldfastConfig.of("auth.jwt.issuers=[]")).hasMessageContaining("at least one issuer");
    }

    @Test
    void theProcessEndsWithStatusTwoAndOneLine() throws Exception {
        try (HoldfastProcess serve =
                HoldfastProcess.start("serve", "--set", issuer("pem-file: " + directory.resolve("nowhere"), ""))) {
            assertThat(serve.exitCode()).isEqualTo(2);
            assertThat(serve.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("--set auth.jwt.issuers: auth.jwt.issuers[0].keys.pem-file: ");
        }
    }

    @Test
    void theDocumentationListsTheSettingsOfAnIssuer() throws Exception {
        try (HoldfastProcess doc = HoldfastProcess.start("config", "doc")) {
            assertThat(doc.restOfOut())
                    .contains("auth.jwt.skew (default: 30s)", "HOLDFAST_AUTH_JWT_SKEW")
                    .contains("auth.jwt.issuers[].keys.jwks-url (default: not set)")
                    .contains("auth.jwt.issuers[].default-acl[].topics (default: [])")
                    .contains("limits.failed-login-rate (default: 60/min, with --dev off)");
        }
    }

    @Test
    void tokenAndJwksAreCommandsOfTheProgram() throws Exception {
        try (HoldfastProcess issue = HoldfastProcess.start(
                        "token", "issue", "--secret-file", secret.toString(), "--issuer", "me", "--subject", "ann");
                HoldfastProcess wrong = HoldfastProcess.start("token", "issue", "--issuer", "me", "--subject", "ann");
                HoldfastProcess jwks = HoldfastProcess.start("jwks", "check")) {
            assertThat(issue.restOfOut()).startsWith("ey");
            assertThat(wrong.exitCode()).isEqualTo(2);
            assertThat(wrong.err()).startsWith("holdfast: one of --secret-file and --private-key-file is needed");
            assertThat(jwks.exitCode()).isEqualTo(2);
        }
    }
}
