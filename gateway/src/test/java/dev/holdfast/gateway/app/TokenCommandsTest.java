// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The token and JWKS commands, as an operator calls them. */
class TokenCommandsTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();

    private int run(Object command, String... arguments) {
        out.getBuffer().setLength(0);
        PrintWriter writer = new PrintWriter(out, true);
        return new CommandLine(command).setOut(writer).setErr(writer).execute(arguments);
    }

    @Test
    void anIssuedTokenIsVerifiedAndInspectedAndNeverEchoed() throws Exception {
        String secret =
                Files.writeString(directory.resolve("secret"), "s".repeat(40)).toString();
        assertThat(run(
                        new TokenCommand(),
                        "issue",
                        "--secret-file",
                        secret,
                        "--issuer",
                        "me",
                        "--subject",
                        "bob",
                        "--audience",
                        "mqtt",
                        "--pub",
                        "a/#",
                        "--claim",
                        "role=x"))
                .isZero();
        String token = out.toString().strip();
        String file =
                Files.writeString(directory.resolve("token"), token + "\n").toString();

        assertThat(run(new TokenCommand(), "inspect", "--token-file", file)).isZero();
        assertThat(out.toString())
                .contains("\"role\" : \"x\"", "\"pub\" : [ \"a/#\" ]", "HS256")
                .doesNotContain(token.substring(token.lastIndexOf('.') + 1));
        assertThat(run(
                        new TokenCommand(),
                        "verify",
                        "--token-file",
                        file,
                        "--secret-file",
                        secret,
                        "--issuer",
                        "me",
                        "--audience",
                        "mqtt",
                        "--alg",
                        "HS256"))
                .isZero();
        assertThat(out.toString()).startsWith("accepted: me|bob until ");
        assertThat(run(
                        new TokenCommand(),
                        "verify",
                        "--token-file",
                        file,
                        "--secret-file",
                        secret,
                        "--issuer",
                        "me",
                        "--audience",
                        "other",
                        "--alg",
                        "HS256"))
                .isEqualTo(3);
        assertThat(out.toString())
                .startsWith("refused: BAD_CREDENTIALS (audience)")
                .doesNotContain(token);
    }

    @Test
    void aSetWithoutUsableKeysFailsTheCheck() throws Exception {
        String weak = Files.writeString(
                        directory.resolve("weak.json"),
                        "{\"keys\":[{\"kty\":\"EC\",\"use\":\"enc\"},{\"kty\":\"??\"}]}")
                .toString();
        String good = Files.writeString(
                        directory.resolve("good.json"),
                        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}")
                .toString();

        assertThat(run(new JwksCommand(), "check", "--file", weak)).isEqualTo(1);
        assertThat(out.toString()).contains("2 left out");
        assertThat(run(new JwksCommand(), "check", "--file", good)).isZero();
        assertThat(out.toString()).contains("kid=k").contains("fit-for=EdDSA");
        assertThat(run(new JwksCommand(), "check", "--url", "http://127.0.0.1:9/jwks"))
                .isEqualTo(1);
        assertThat(run(new JwksCommand(), "check")).isEqualTo(2);
    }
}
