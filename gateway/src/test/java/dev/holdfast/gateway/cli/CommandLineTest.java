// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.harness.HoldfastProcess;
import dev.holdfast.gateway.transport.tls.Certificates;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract that scripts rely on: flags, the ready line, exit codes, signals. Each test starts a JVM. */
final class CommandLineTest {
    private static final Pattern READY = Pattern.compile(
            "ready mqtt://127\\.0\\.0\\.1:(\\d+) ws://127\\.0\\.0\\.1:(\\d+)/mqtt admin (http://127\\.0\\.0\\.1:\\d+)");
    private static final String[] DEV_ON_FREE_PORTS = {
        "serve", "--dev", "--tcp-port", "0", "--ws-port", "0", "--admin-port", "0"
    };

    @TempDir
    private Path directory;

    @Test
    void serveSaysReadyOnceAndEndsCleanlyOnSigterm() throws Exception {
        try (HoldfastProcess serve = HoldfastProcess.start(DEV_ON_FREE_PORTS)) {
            Matcher ready = READY.matcher(serve.line());
            assertThat(ready.matches()).isTrue();
            connect(Integer.parseInt(ready.group(1)));
            connect(Integer.parseInt(ready.group(2)));
            HttpResponse<String> readiness = get(ready.group(3) + "/readyz");
            assertThat(readiness.statusCode()).isEqualTo(200);
            assertThat(readiness.body()).contains("\"io-0\":{\"ok\":true,\"is\":\"answered after ");
            assertThat(get(ready.group(3) + "/metrics").body())
                    .contains("mqtt_gateway_build_info", "mqtt_gateway_connections", "jvm_memory_used_bytes");

            serve.terminate();

            assertThat(serve.exitCode()).isZero();
            assertThat(serve.restOfOut()).isEmpty();
        }
    }

    @Test
    void serveWithoutAuthenticationRefusesAndSaysWhatToDo() throws Exception {
        try (HoldfastProcess serve = HoldfastProcess.start("serve", "--tcp-port", "0", "--ws-port", "0")) {
            assertThat(serve.exitCode()).isEqualTo(2);
            assertThat(serve.err().lines()).singleElement().asString().contains("auth.anonymous: true", "--dev");
            assertThat(serve.restOfOut()).isEmpty();
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithItsSettingAndWithoutAStackTrace() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String flag : new String[] {"--tcp-port", "--ws-port", "--admin-port"}) {
                String[] arguments = DEV_ON_FREE_PORTS.clone();
                arguments[List.of(arguments).indexOf(flag) + 1] = String.valueOf(taken.getLocalPort());
                try (HoldfastProcess serve = HoldfastProcess.start(arguments)) {
                    assertThat(serve.exitCode()).as(flag).isEqualTo(1);
                    assertThat(serve.err())
                            .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort() + " (listeners."
                                    + flag.substring(2))
                            .doesNotContain("\tat ");
                }
            }
        }
    }

    @Test
    void checkConfigTellsEveryProblemOfEverySource() throws Exception {
        Path file = Files.writeString(directory.resolve("h.yaml"), "limits:\n  max-inflihgt: 3\n");

        try (HoldfastProcess check = HoldfastProcess.start(
                Map.of("HOLDFAST_CONFIG", file.toString(), "HOLDFAST_LIMITS_MAX_RETAINED", "-1"),
                "check-config",
                "--dev",
                "--tcp-port",
                "mqtt")) {
            assertThat(check.exitCode()).isEqualTo(2);
            assertThat(check.err().lines())
                    .containsExactlyInAnyOrder(
                            file + ":2: limits.max-inflihgt: unknown key; did you mean limits.max-inflight?",
                            "HOLDFAST_LIMITS_MAX_RETAINED: limits.max-retained: expected a whole number from 0 to "
                                    + "2147483647, got -1",
                            "--tcp-port: listeners.tcp-port: expected a whole number from 0 to 65535, got \"mqtt\"");
        }
    }

    @Test
    void whatConfigDefaultPrintsIsAConfigurationThatConfigPrintReads() throws Exception {
        Path file = directory.resolve("default.yaml");
        try (HoldfastProcess defaults = HoldfastProcess.start("config", "default")) {
            Files.writeString(file, defaults.restOfOut());
            assertThat(defaults.exitCode()).isZero();
        }

        try (HoldfastProcess print = HoldfastProcess.start(
                "config", "print", "-c", file.toString(), "--set", "auth.anonymous=true", "--redis", "redis://u:p@h")) {
            assertThat(print.restOfOut())
                    .contains("tcp-port: 1883\n", "anonymous: true\n", "connect-rate-per-address: 20/s burst 50\n")
                    .contains("url: \"redis://***@h\"\n");
            assertThat(print.exitCode()).isZero();
        }
    }

    @Test
    void helpTellsOfEveryCommand() throws Exception {
        try (HoldfastProcess help = HoldfastProcess.start("--help")) {
            assertThat(help.exitCode()).isZero();
            assertThat(help.restOfOut())
                    .containsSubsequence(
                            "Usage: holdfast", "serve", "check-config", "config", "token", "jwks", "version");
        }
    }

    @Test
    void aMisspeltCommandIsAnsweredWithTheOnesThatAreLikeIt() throws Exception {
        try (HoldfastProcess misspelt = HoldfastProcess.start("chek-config")) {
            assertThat(misspelt.exitCode()).isEqualTo(2);
            assertThat(misspelt.err()).contains("'chek-config'", "holdfast check-config");
        }
    }

    @Test
    void theHelpOfACommandNamesTheProgramToo() throws Exception {
        try (HoldfastProcess help = HoldfastProcess.start("serve", "--help")) {
            assertThat(help.exitCode()).isZero();
            assertThat(help.restOfOut()).contains("Usage: holdfast serve", "--redis");
        }
    }

    @Test
    void aFlagThatDoesNotExistIsAUsageError() throws Exception {
        try (HoldfastProcess serve = HoldfastProcess.start("serve", "--tcp-prot", "1")) {
            assertThat(serve.exitCode()).isEqualTo(2);
            assertThat(serve.err()).contains("--tcp-port");
        }
    }

    @Test
    void logsGoToStderrInTheFormatAndFromTheLevelThatTheConfigurationNames() throws Exception {
        Certificates certificates = Certificates.of("EC", "localhost"); // the check of which is before the first line
        certificates.writeCertificate(directory.resolve("cert.pem"));
        certificates.writeKey(directory.resolve("key.pem"));
        for (String format : List.of("text", "json", "warn")) {
            List<String> arguments = new ArrayList<>(List.of(DEV_ON_FREE_PORTS));
            arguments.addAll(List.of("--set", format.equals("warn") ? "log.level=warn" : "log.format=" + format));
            arguments.addAll(List.of("--set", "tls.certificate=" + directory.resolve("cert.pem")));
            arguments.addAll(List.of("--set", "tls.key=" + directory.resolve("key.pem")));
            try (HoldfastProcess serve = HoldfastProcess.start(arguments.toArray(new String[0]))) {
                assertThat(serve.line()).startsWith("ready ");
                serve.terminate();
                assertThat(serve.exitCode()).isZero();

                String log = serve.err();
                switch (format) {
                    case "text" ->
                        assertThat(log)
                                .contains("INFO  Gateway Serving", "Ended")
                                .doesNotContain("|-");
                    case "json" -> {
                        assertThat(log.lines()).isNotEmpty().allSatisfy(CommandLineTest::isFlat);
                        JsonNode serving = new ObjectMapper()
                                .readTree(log.lines()
                                        .filter(line -> line.contains("\"Serving\""))
                                        .findAny()
                                        .orElseThrow());
                        assertThat(serving.get("gateway").asText()).matches("[0-9a-f]{8,16}");
                        assertThat(serving.get("store").asText()).isEqualTo("memory");
                        assertThat(serving.get("mqtt").asText()).startsWith("mqtts://127.0.0.1:");
                        assertThat(serving.get("websocket").asText()).matches("wss://127.0.0.1:\\d+/mqtt");
                        assertThat(serving.get("admin").asText()).startsWith("http://127.0.0.1:");
                        assertThat(serving.get("dev").isBoolean()).isTrue();
                    }
                    default -> assertThat(log).isEmpty();
                }
            }
        }
    }

    /** No objects within the object, no empty field, the time as ISO 8601 has it, and one spelling. */
    private static void isFlat(String line) throws Exception {
        JsonNode json = new ObjectMapper().readTree(line);
        assertThat(json.fieldNames()).toIterable().contains("time", "level", "logger", "thread", "message");
        assertThat(json.properties()).allSatisfy(field -> {
            assertThat(field.getKey()).matches("[a-z_]+");
            assertThat(field.getValue().isValueNode()).isTrue();
            assertThat(field.getValue().asText()).isNotEmpty();
        });
        assertThat(json.get("level").asText()).isEqualTo("INFO");
        assertThat(json.get("time").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    private static void connect(int port) throws Exception {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
