// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
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
        CommandLine line = command instanceof CommandLine made ? made : new CommandLine(command);
        return line.setOut(writer).setErr(writer).execute(arguments);
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
                .contains("\"role\" : \"x\"", "\"jti\" : \"", ", in 59m", "\"pub\" : [ \"a/#\" ]", "HS256")
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
                .startsWith("refused: audience (aud names none of the audiences)")
                .doesNotContain(token);
    }

    @Test
    void theAlgorithmFollowsThePrivateKeyAndDurationsAreWrittenAsInTheConfiguration() throws Exception {
        for (String[] kind : new String[][] {{"RSA", "RS256"}, {"EC", "ES384"}, {"Ed25519", "EdDSA"}}) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind[0]);
            if (kind[0].equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp384r1"));
            }
            byte[] der = generator.generateKeyPair().getPrivate().getEncoded();
            String pem = "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder().encodeToString(der) + "\n-----END PRIVATE KEY-----\n";
            String key = Files.writeString(directory.resolve("key.pem"), pem).toString();

            assertThat(issue("--private-key-file", key, "--expires-in", "30m")).isZero();
            assertThat(new String(Base64.getUrlDecoder().decode(out.toString().split("\\.", 2)[0]), US_ASCII))
                    .contains("\"" + kind[1] + "\"");
            assertThat(issue("--private-key-file", key, "--alg", "HS256")).isEqualTo(2);
        }
        assertThat(issue("--expires-in", "soon", "--secret-file", "x")).isEqualTo(2);
        assertThat(out.toString()).contains("expected a duration as 30s, 5m, 12h or 30d: soon");
        assertThat(issue()).isEqualTo(2);
        assertThat(out.toString()).contains("one of --secret-file and --private-key-file is needed");
        assertThat(out.toString()).contains("See: holdfast token issue --help").doesNotContain("inspect");
        assertThat(issue("--secret-file", directory + "/nothing")).isEqualTo(2);
        for (String claim : List.of("exp=soon", "sub=x", "=x")) {
            assertThat(issue("--secret-file", "x", "--claim", claim)).isEqualTo(2);
        }
        assertThat(issue("--secret-file", "x", "--expires-in", "999999d")).isEqualTo(2);
        assertThat(issue("--secret-file", "x", "--expires-in", "0")).isEqualTo(2);
    }

    private int issue(String... options) {
        List<String> arguments = new ArrayList<>(List.of("token", "issue", "--issuer", "me", "--subject", "bob"));
        arguments.addAll(List.of(options));
        return run(Main.commandLine(), arguments.toArray(String[]::new));
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
        assertThat(out.toString()).contains("k: EdDSA, fit for EdDSA Ed25519");
        assertThat(run(Main.commandLine(), "jwks", "check", "--url", "http://127.0.0.1:9/jwks"))
                .isEqualTo(2);
        assertThat(out.toString()).contains("--url must be https", "See: holdfast jwks check --help");
        assertThat(run(Main.commandLine(), "jwks", "check", "--allow-http", "--url", "http://127.0.0.1:9/jwks"))
                .isEqualTo(1);
        assertThat(out.toString().strip())
                .isEqualTo("holdfast: no JWK set at http://127.0.0.1:9/jwks: nobody can be reached there");
        assertThat(run(Main.commandLine(), "jwks", "check", "--file", directory + "/none"))
                .isEqualTo(2);
        assertThat(run(Main.commandLine(), "jwks", "check", "--file", weak + "/none"))
                .isEqualTo(2);
        assertThat(run(Main.commandLine(), "jwks", "check")).isEqualTo(2);
    }

    @Test
    void aTokenThatCannotBeJudgedIsNotRefused() throws Exception {
        String token = Files.writeString(
                        directory.resolve("token"),
                        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtZSIsInN1YiI6ImEiLCJleHAiOjk5OTk5OTk5OTl9.AAAA")
                .toString();
        String[] verify = {
            "token", "verify", "--token-file", token, "--issuer", "me", "--audience", "*", "--alg", "RS256"
        };

        assertThat(run(Main.commandLine(), with(verify, "--jwks-url", "http://127.0.0.1:9/keys", "--allow-http")))
                .isEqualTo(1);
        assertThat(out.toString()).contains("could not be judged").doesNotContain("Exception");
        assertThat(run(Main.commandLine(), with(verify, "--jwks-url", "http://127.0.0.1:9/keys")))
                .isEqualTo(2);
        assertThat(run(Main.commandLine(), with(verify, "--pem-file", directory + "/none")))
                .isEqualTo(2);
        assertThat(run(Main.commandLine(), with(verify, "--token-file", directory + "/none", "--pem-file", "x")))
                .isEqualTo(2);
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void aTokenIsRevokedAtARunningGatewayAndThatIsTakenBack() throws Exception {
        try (Gateway gateway = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.host=127.0.0.1",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0"))) {
            String url = "http://127.0.0.1:" + gateway.admin().getPort();

            assertThat(revoke(url, "--jti", "t 1", "--until", "2030-01-31T12:00:00Z"))
                    .isZero();
            assertThat(out.toString().strip())
                    .isEqualTo("revoked: jti t 1 of holdfast-demo until 2030-01-31T12:00:00Z");
            assertThat(revoke(url + "/", "--subject", "ann", "--until", "30d")).isZero();
            assertThat(revoke(url, "--subject", "ann", "--end-sessions")).isZero();
            assertThat(out.toString()).contains("; its sessions are being ended");
            assertThat(revoke(url, "--jti", "t", "--end-sessions")).isEqualTo(2);
            assertThat(revoke(url, "--subject", "ann", "--end-sessions", "--lift"))
                    .isEqualTo(2);
            assertThat(revoke(url, "--jti", "t 1", "--lift")).isZero();
            assertThat(out.toString().strip()).isEqualTo("taken back: jti t 1 of holdfast-demo");

            assertThat(revoke(url, "--jti", "t 1", "--lift")).isEqualTo(3);
            assertThat(out.toString()).contains("there is no such revocation");
            assertThat(run(Main.commandLine(), "token", "revoke", "--issuer", "x", "--jti", "t", "--api", url))
                    .isEqualTo(2);
            assertThat(out.toString()).contains("no such issuer; there are: holdfast-demo");
            assertThat(revoke(url, "--jti", "t", "--subject", "s")).isEqualTo(2);
            assertThat(revoke(url)).isEqualTo(2);
            assertThat(revoke(url, "--jti", "t", "--until", "soon")).isEqualTo(2);
            assertThat(revoke(url, "--jti", "t", "--until", "2001-01-01T00:00:00Z"))
                    .isEqualTo(2);
            assertThat(revoke("http://127.0.0.1:" + gateway.webSocket().getPort(), "--jti", "t"))
                    .isEqualTo(1);
            assertThat(out.toString()).contains("HTTP status 405; is this a gateway's internal listener (--api)?");
        }
    }

    @Test
    void aGatewayThatIsNotThereIsSaidSo() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }

        assertThat(revoke("http://127.0.0.1:" + nobody, "--jti", "t")).isEqualTo(1);
        assertThat(out.toString())
                .contains("cannot reach the internal listener")
                .doesNotContain("\tat ");
        assertThat(revoke("nonsense", "--jti", "t")).isEqualTo(2);
    }

    private int revoke(String url, String... what) {
        List<String> arguments = new ArrayList<>(List.of("token", "revoke", "--issuer", "holdfast-demo"));
        arguments.addAll(List.of(what));
        arguments.addAll(List.of("--admin-url", url));
        return run(Main.commandLine(), arguments.toArray(String[]::new));
    }
}
