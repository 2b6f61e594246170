// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.app.RedisServers;
import dev.holdfast.gateway.app.RedisStores;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.RedisConfig;
import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisSettings;
import dev.holdfast.store.redis.connection.RedisConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** How a gateway gets in at a Redis that asks for TLS, certificates and passwords; and what it says when it does not. */
final class RedisWordsTest {
    private static final String PASSWORD = "s@cret: word";

    @TempDir
    private static Path directory;

    private static RedisProcess redis;
    private static RedisProcess mutual;
    private static int tlsPort;
    private static int mutualPort;

    @BeforeAll
    static void start() throws Exception {
        Certificates authority = Certificates.authority("authority");
        authority.writeCertificate(file("ca.pem"));
        write(authority.signs("localhost", Duration.ofDays(1)), "server");
        write(authority.signs("gateway", Duration.ofDays(1)), "client");
        write(Certificates.of("EC", "localhost"), "other");
        authority.signs("gateway", Duration.ofDays(1)).writePkcs12(file("client.p12"), "store pass");
        Files.writeString(file("store-password"), "store pass\n");
        tlsPort = RedisProcess.freePort();
        redis = tls(tlsPort, "no");
        mutualPort = RedisProcess.freePort();
        mutual = tls(mutualPort, "yes");
    }

    private static void write(Certificates certificates, String name) throws Exception {
        certificates.writeCertificate(file(name + ".pem"));
        certificates.writeKey(file(name + ".key"));
    }

    private static RedisProcess tls(int port, String authClients) {
        RedisProcess server = RedisProcess.start(
                "--appendonly",
                "yes",
                "--tls-port",
                Integer.toString(port),
                "--tls-cert-file",
                file("server.pem").toString(),
                "--tls-key-file",
                file("server.key").toString(),
                "--tls-ca-cert-file",
                file("ca.pem").toString(),
                "--tls-auth-clients",
                authClients);
        server.command("CONFIG", "SET", "requirepass", PASSWORD);
        return server;
    }

    @AfterAll
    static void stop() {
        redis.close();
        mutual.close();
    }

    private static Path file(String name) {
        return directory.resolve(name);
    }

    private static HoldfastConfig config(String... settings) {
        List<String> all = new ArrayList<>(List.of("auth.anonymous=true"));
        for (String setting : settings) {
            all.add("store.redis." + setting);
        }
        return HoldfastConfig.of(all.toArray(String[]::new));
    }

    private static RedisSettings settings(String... settings) throws CommandFailure {
        RedisConfig given = config(settings).store().redis();
        return RedisServers.settings(given, Objects.requireNonNull(given.url()));
    }

    private static String refused(String... settings) {
        return String.valueOf(catchThrowableOfType(CommandFailure.class, () -> RedisStores.inspect(settings(settings)))
                .getMessage());
    }

    /** Gets in, with the inspection and with the connections of the store. */
    private static void assertGetsIn(String... settings) throws Exception {
        assertThat(RedisStores.inspect(settings(settings))).isEmpty();
        try (RedisConnection connection = RedisConnection.open(settings(settings))) {
            assertThat(connection.contact().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isNull();
        }
    }

    private static String url(String scheme, int port) {
        return "url=" + scheme + "://:" + PASSWORD + "@localhost:" + port;
    }

    @Test
    void aWrongSchemeIsToldBothWays() {
        assertThat(refused(url("redis", tlsPort)))
                .isEqualTo("holdfast: Redis is refused (store.redis): localhost:" + tlsPort
                        + " speaks TLS: its address has to begin with rediss://");
        assertThat(refused(url("redis", mutualPort))).contains("speaks TLS");
        assertThat(refused(url("rediss", redis.port())))
                .contains("localhost:" + redis.port() + " does not speak TLS: its address has to begin with redis://");
    }

    @Test
    void aCertificateThatIsNotTrustedOrOfAnotherNameIsTold() throws Exception {
        assertThat(refused(url("rediss", tlsPort)))
                .contains("shows a certificate that none of the authorities has signed")
                .doesNotContain("sun.", "PKIX");
        assertThat(refused(url("rediss", tlsPort), "ca=" + file("other.pem")))
                .contains("none of the authorities has signed");
        assertThat(refused(url("rediss", tlsPort).replace("localhost", "127.0.0.1"), "ca=" + file("ca.pem")))
                .contains("shows a certificate of another name");
        assertGetsIn(url("rediss", tlsPort), "ca=" + file("ca.pem"));
    }

    @Test
    void aCertificateOfOurOwnIsShownToWhoeverWantsIt() throws Exception {
        String ca = "ca=" + file("ca.pem");
        assertThat(refused(url("rediss", mutualPort), ca))
                .contains("wants to be shown a certificate (store.redis.certificate)");
        assertThat(refused(
                        url("rediss", mutualPort), ca, "certificate=" + file("other.pem"), "key=" + file("other.key")))
                .contains("does not take the certificate that it is shown");
        assertGetsIn(url("rediss", mutualPort), ca, "certificate=" + file("client.pem"), "key=" + file("client.key"));
        assertGetsIn(
                url("rediss", mutualPort),
                ca,
                "keystore=" + file("client.p12"),
                "keystore-password-file=" + file("store-password"));
    }

    @Test
    void aCertificateThatIsRenewedIsShownByTheNextConnection() throws Exception {
        Files.copy(file("other.pem"), file("renewed.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(file("other.key"), file("renewed.key"), StandardCopyOption.REPLACE_EXISTING);
        RedisSettings settings = settings(
                url("rediss", mutualPort),
                "ca=" + file("ca.pem"),
                "certificate=" + file("renewed.pem"),
                "key=" + file("renewed.key"));
        assertThat(catchThrowableOfType(CommandFailure.class, () -> RedisStores.inspect(settings)))
                .hasMessageContaining("does not take the certificate");

        Files.copy(file("client.pem"), file("renewed.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(file("client.key"), file("renewed.key"), StandardCopyOption.REPLACE_EXISTING);

        assertThat(RedisStores.inspect(settings)).isEmpty();
    }

    @Test
    void userAndPasswordFromFilesAreWhatTheyHoldAtEachNewConnection() throws Exception {
        redis.command("AUTH", PASSWORD);
        Files.writeString(file("user"), "default\n");
        Files.writeString(file("password"), "wrong\n");
        String url = "url=redis://127.0.0.1:" + redis.port();
        RedisSettings settings = settings(url, "username-file=" + file("user"), "password-file=" + file("password"));
        assertThat(catchThrowableOfType(CommandFailure.class, () -> RedisStores.inspect(settings)))
                .hasMessageContaining("does not take the user name or the password")
                .hasMessageNotContaining("wrong ");

        Files.writeString(file("password"), PASSWORD + "\nwhat stands here is not part of it");

        assertThat(RedisStores.inspect(settings)).isEmpty();
        try (RedisConnection connection = RedisConnection.open(settings)) {
            assertThat(connection.contact().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isNull();
        }
    }

    @Test
    void theUserInTheUrlGoesWithAPasswordFromAFile() throws Exception {
        Files.writeString(file("password-of-default"), PASSWORD);
        assertGetsIn("url=redis://default@127.0.0.1:" + redis.port(), "password-file=" + file("password-of-default"));
    }

    @Test
    void checkConfigOnlineSaysWhatServeWouldSay() throws Exception {
        Files.writeString(file("password-file"), "wrong");
        String[] online = {
            "check-config",
            "--dev",
            "--online",
            "--redis",
            "redis://default@127.0.0.1:" + redis.port(),
            "--redis-password-file",
            file("password-file").toString()
        };
        String wrong = "holdfast: Redis is refused (store.redis): 127.0.0.1:" + redis.port()
                + " does not take the user name or the password, or the user is disabled (WRONGPASS)\n";
        assertThat(run(online)).isEqualTo("1: " + wrong);
        String[] serve = online.clone();
        serve[0] = "serve";
        serve[2] = "--tcp-port=0";
        assertThat(run(serve)).isEqualTo("1: " + wrong);

        Files.writeString(file("password-file"), PASSWORD);
        assertThat(run(online)).isEqualTo("0: ");
    }

    @Test
    void checkConfigOnlineReadsJwkSetsToo() throws Exception {
        Files.writeString(file("jwks.yaml"), """
                auth:
                  jwt:
                    issuers:
                      - issuer: me
                        audience: [mqtt]
                        algorithms: [RS256]
                        keys: {jwks-url: "http://127.0.0.1:%d/keys", allow-http: true}
                """.formatted(RedisProcess.freePort()));
        assertThat(run("check-config", "-c", file("jwks.yaml").toString())).isEqualTo("0: ");
        assertThat(run("check-config", "--online", "-c", file("jwks.yaml").toString()))
                .startsWith("1: holdfast: no JWK set at http://127.0.0.1:")
                .contains("(auth.jwt.issuers[0].keys.jwks-url)");
    }

    private static String run(String... arguments) {
        StringWriter err = new StringWriter();
        int exitCode =
                Main.commandLine(arguments).setErr(new PrintWriter(err, true)).execute(arguments);
        return exitCode + ": " + err;
    }

    @Test
    void aPasswordOnTheCommandLineIsToldAndOneInAFileIsNot() throws IOException {
        Files.writeString(file("quiet"), PASSWORD);
        assertThat(notices("--dev", "--redis", "redis://:x@h"))
                .singleElement()
                .asString()
                .contains("--redis-password-file");
        assertThat(notices("--dev", "--set", "store.redis.password=x", "--redis", "redis://h"))
                .hasSize(1);
        assertThat(notices("--dev", "--set", "store.redis.url=redis://x@h")).hasSize(1);
        assertThat(notices("--dev", "--redis", "redis://h")).isEmpty();
        assertThat(notices(
                        "--dev",
                        "--redis",
                        "redis://me@h",
                        "--redis-password-file",
                        file("quiet").toString()))
                .isEmpty();
    }

    private static List<String> notices(String... arguments) {
        ConfigOptions options = CommandLine.populateCommand(new ConfigOptions(), arguments);
        try {
            options.load();
        } catch (CommandFailure e) {
            throw new IllegalStateException(e);
        }
        return options.notices();
    }
}
