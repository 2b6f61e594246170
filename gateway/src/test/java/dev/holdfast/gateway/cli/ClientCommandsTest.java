// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.cli.Commands.Result;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code pub} and {@code sub} over every way to a gateway, with both versions of MQTT, and what they say when they get nowhere. */
final class ClientCommandsTest {
    private static final String WRITE = "write-token-of-the-tests";

    @TempDir
    private static Path directory;

    private static Gateway gateway;
    private static Gateway encrypted;
    private static String secret;
    private static Commands there;

    @BeforeAll
    static void start() throws Exception {
        secret = file("secret", "s".repeat(40));
        Certificates certificates = Certificates.of("EC", "localhost");
        certificates.writeCertificate(directory.resolve("cert.pem"));
        certificates.writeKey(directory.resolve("key.pem"));
        gateway = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "demo.secret-file=" + secret,
                "api.write-token=" + WRITE));
        encrypted = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "demo.secret-file=" + secret,
                "tls.certificate=" + directory.resolve("cert.pem"),
                "tls.key=" + directory.resolve("key.pem")));
        there = new Commands("--url", url("mqtt"), "--token-file", token("ann", "#"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        encrypted.close();
    }

    private static String file(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    /** A file with a token of a subject that may touch the topics of a filter. */
    private static String token(String subject, String filter) throws Exception {
        Result issued = new Commands()
                .good(
                        "token",
                        "issue",
                        "--secret-file",
                        secret,
                        "--issuer",
                        "holdfast-demo",
                        "--audience",
                        "holdfast",
                        "--subject",
                        subject,
                        "--pub",
                        filter,
                        "--sub",
                        filter);
        return file("token-" + subject, issued.out());
    }

    private static String url(String scheme) {
        return switch (scheme) {
            case "mqtt" -> "mqtt://127.0.0.1:" + gateway.tcp().getPort();
            case "ws" -> "ws://127.0.0.1:" + gateway.webSocket().getPort();
            case "mqtts" -> "mqtts://localhost:" + encrypted.tcp().getPort();
            default -> "wss://localhost:" + encrypted.webSocket().getPort() + "/mqtt";
        };
    }

    /** A subscriber that ends after one message. */
    private static CompletableFuture<Result> listening(Commands commands, String client, String... arguments) {
        String[] all = new String[arguments.length + 5];
        System.arraycopy(arguments, 0, all, 5, arguments.length);
        System.arraycopy(new String[] {"sub", "-C", "1", "-i", client}, 0, all, 0, 5);
        return CompletableFuture.supplyAsync(() -> commands.run(all));
    }

    @ParameterizedTest
    @CsvSource({"mqtt,5,0", "mqtt,3.1.1,1", "ws,5,2", "ws,3.1.1,2", "mqtts,5,1", "wss,5,1"})
    void whatIsPublishedIsPrintedByWhoHasSubscribed(String scheme, String version, String qos) throws Exception {
        Commands way = new Commands(
                "--url",
                url(scheme),
                "--mqtt-version",
                version,
                "-q",
                qos,
                "--cacert",
                directory + "/cert.pem",
                "--token-file",
                token("ann", "#"));
        String topic = "way/" + scheme + version;
        // Retained, so that it does not matter which comes first.
        way.good("pub", "-t", topic, "-m", "through " + scheme, "-r");

        Result got = way.run("sub", "-t", topic, "-C", "1", "-W", "20s", "-v");

        assertThat(got.err()).isEmpty();
        assertThat(got.exitCode()).isZero();
        assertThat(got.out()).isEqualTo(topic + " through " + scheme + "\n");
    }

    @Test
    void anotherClientAndTheCommandsUnderstandEachOther() throws Exception {
        LinkedBlockingQueue<String> got = new LinkedBlockingQueue<>();
        MqttConnectOptions options = new MqttConnectOptions();
        options.setUserName("jwt");
        options.setPassword(Files.readString(Path.of(token("ann", "#"))).strip().toCharArray());
        try (MqttClient paho = new MqttClient("tcp://127.0.0.1:" + gateway.tcp().getPort(), "paho", null)) {
            paho.connect(options);
            paho.subscribe(
                    "both/there",
                    2,
                    (topic, message) -> got.add(new String(message.getPayload(), StandardCharsets.UTF_8)));
            there.good("pub", "-q", "2", "-t", "both/there", "-m", "from pub");
            assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo("from pub");
            there.good("sub", "-q", "2", "-t", "both/back", "-i", "both", "--session-expiry", "1h", "-W", "0s");
            MqttMessage message = new MqttMessage("from paho".getBytes(StandardCharsets.UTF_8));
            message.setQos(2);
            paho.publish("both/back", message);
            assertThat(there.good(
                                    "sub",
                                    "-q",
                                    "2",
                                    "-t",
                                    "both/back",
                                    "-i",
                                    "both",
                                    "--session-expiry",
                                    "1h",
                                    "-C",
                                    "1")
                            .out())
                    .isEqualTo("from paho\n");
            paho.disconnect();
        }
    }

    @Test
    void aSessionThatIsKeptIsResumedAndItsMessagesComeWithPropertiesAsJson() throws Exception {
        there.good("sub", "-t", "kept/t", "-i", "kept", "--session-expiry", "1h", "-W", "0s");
        there.good(
                "pub",
                "-t",
                "kept/t",
                "-m",
                "hé",
                "--content-type",
                "text/plain",
                "--property",
                "a=b",
                "--expiry",
                "1h",
                "--response-topic",
                "answers");
        Files.write(directory.resolve("binary"), new byte[] {(byte) 0xC3, 0x28, 0});
        there.good("pub", "-t", "kept/t", "-f", directory.resolve("binary").toString());

        Result got = there.good("sub", "-t", "kept/t", "-i", "kept", "--session-expiry", "1h", "-C", "2", "-o", "json");

        List<String> lines = got.out().lines().toList();
        JsonNode text = new ObjectMapper().readTree(lines.get(0));
        assertThat(text.get("payload").asText()).isEqualTo("hé");
        assertThat(text.get("contentType").asText()).isEqualTo("text/plain");
        assertThat(text.get("responseTopic").asText()).isEqualTo("answers");
        assertThat(text.get("expirySeconds").asInt()).isBetween(3_500, 3_600);
        assertThat(text.at("/userProperties/0/name").asText()).isEqualTo("a");
        assertThat(text.at("/userProperties/0/value").asText()).isEqualTo("b");
        assertThat(new ObjectMapper()
                        .readTree(lines.get(1))
                        .get("payloadBase64")
                        .asText())
                .isEqualTo("wygA");
    }

    @Test
    void aMessageIsEscapedForATerminal() throws Exception {
        there.good("pub", "-t", "terminal/t", "-m", "\u001b[2J", "-r");

        assertThat(there.good("sub", "-t", "terminal/t", "-C", "1").out()).isEqualTo("\\u001b[2J\n");
    }

    @Test
    void aRefusalIsToldWithTheWordsOfTheGatewayAndExitCode3() throws Exception {
        Commands nobody =
                new Commands("--url", url("mqtt"), "--token-file", file("no-token", "eyJhbGciOiJIUzI1NiJ9.e30.x"));
        Commands mine = new Commands("--url", url("mqtt"), "--token-file", token("bob", "bob/#"));

        Result connect = nobody.run("pub", "-t", "a", "-m", "x");
        Result publish = mine.run("pub", "-t", "ann/t", "-m", "x");
        Result subscribe = mine.run("sub", "-t", "ann/#");
        Result old = nobody.run("pub", "-t", "a", "-m", "x", "--mqtt-version", "3.1.1");

        for (Result each : List.of(connect, publish, subscribe, old)) {
            assertThat(each.exitCode()).isEqualTo(3);
            assertThat(each.err()).doesNotContain("eyJ", "\tat ");
        }
        assertThat(connect.err()).isEqualTo("holdfast: CONNECT refused: bad user name or password (0x86)\n");
        assertThat(publish.err()).startsWith("holdfast: PUBLISH refused: not authorized");
        assertThat(subscribe.err()).startsWith("holdfast: SUBSCRIBE refused: not authorized");
        assertThat(old.err()).isEqualTo("holdfast: CONNECT refused: bad user name or password (0x04)\n");
    }

    @Test
    void whoDoesNotAnswerOrIsNotTrustedIsSaidSo() throws Exception {
        Result away = new Commands("--url", "mqtt://127.0.0.1:1").run("pub", "-t", "a", "-m", "x");
        Result path = new Commands("--url", url("ws") + "/elsewhere", "--token-file", token("ann", "#"))
                .run("pub", "-t", "a", "-m", "x");
        Result untrusted = new Commands("--url", url("mqtts")).run("pub", "-t", "a", "-m", "x");
        Result plain = new Commands(
                        "--url", "mqtt://localhost:" + encrypted.tcp().getPort(), "--timeout", "1s")
                .run("pub", "-t", "a", "-m", "x");

        assertThat(away.exitCode()).isEqualTo(1);
        assertThat(away.err()).startsWith("holdfast: nobody answers at mqtt://127.0.0.1:1 (--url)");
        assertThat(path.exitCode()).isEqualTo(1);
        assertThat(path.err()).contains("404");
        assertThat(untrusted.exitCode()).isEqualTo(1);
        assertThat(untrusted.err()).contains("unable to find valid certification path");
        assertThat(plain.exitCode()).isIn(1, 4);
        assertThat(new Commands("--url", "http://h")
                        .run("pub", "-t", "a", "-m", "x")
                        .exitCode())
                .isEqualTo(2);
        assertThat(new Commands("--url", "mqtt://u:p@h")
                        .run("pub", "-t", "a", "-m", "x")
                        .err())
                .contains("--token-file")
                .doesNotContain("u:p");
    }

    @Test
    void countsThatAreNotReachedInTimeAndWrongUsesHaveTheirExitCodes() throws Exception {
        Result late = there.run("sub", "-t", "silence", "-C", "2", "-W", "100ms");

        assertThat(late.exitCode()).isEqualTo(4);
        assertThat(late.err()).isEqualTo("holdfast: 0 of 2 messages in time (--wait)\n");
        assertThat(there.good("sub", "-t", "silence", "-W", "100ms").out()).isEmpty();
        assertThat(there.run("sub", "-t", "a", "-q", "3").exitCode()).isEqualTo(2);
        assertThat(there.run("pub", "-t", "a/#", "-m", "x").exitCode()).isEqualTo(2);
        assertThat(there.run("pub", "-t", "a").exitCode()).isEqualTo(2);
        assertThat(there.run("pub", "-t", "a", "-m", "x", "--expiry", "1s", "--mqtt-version", "3.1.1")
                        .exitCode())
                .isEqualTo(2);
        assertThat(there.run("sub", "-t", "a", "--session-expiry", "1h").err()).contains("needs --id");
        assertThat(there.good("pub", "-t", "unheard", "-m", "x").err()).isEqualTo("nobody has subscribed to it\n");
        assertThat(there.good("pub", "-t", "unheard", "-m", "x", "-o", "json")
                        .json()
                        .get("withoutSubscribers")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void allConnectionsOfAPrincipalAreClosed() throws Exception {
        Commands eve = new Commands("--url", url("mqtt"), "--token-file", token("eve", "#"));
        Commands api = new Commands(
                "--api", "http://127.0.0.1:" + gateway.admin().getPort(), "--api-token-file", file("write", WRITE));
        CompletableFuture<Result> one = listening(eve, "eve-1", "-t", "eve/t");
        CompletableFuture<Result> two = listening(eve, "eve-2", "-t", "eve/t");
        await().until(() -> api.run("who", "eve/t").out().lines().count() == 3);

        Result kicked = api.good("sessions", "kick", "--principal", "holdfast-demo|eve");

        assertThat(kicked.out()).isEqualTo("2 connections of holdfast-demo|eve closed\n");
        assertThat(one.join().exitCode()).isEqualTo(1);
        assertThat(two.join().exitCode()).isEqualTo(1);
    }

    @Test
    void linesOfStandardInputAndATokenInTheEnvironmentAreTaken() throws Exception {
        there.good("sub", "-t", "lines/t", "-i", "lines", "--session-expiry", "1h", "-W", "0s");
        String token = Files.readString(Path.of(token("ann", "#"))).strip();
        try (HoldfastProcess pub = HoldfastProcess.start(
                Map.of("HOLDFAST_CLI_TOKEN", token, "HOLDFAST_CLI_URL", url("mqtt")), "pub", "-l", "-t", "lines/t")) {
            pub.type("one\ntwo\n");
            assertThat(pub.exitCode()).as(pub.err()).isZero();
            assertThat(pub.err()).isEmpty();
        }

        assertThat(there.good("sub", "-t", "lines/t", "-i", "lines", "--session-expiry", "1h", "-C", "2")
                        .out())
                .isEqualTo("one\ntwo\n");
    }
}
