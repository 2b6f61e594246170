// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.cli.Commands.Result;
import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.store.redis.RedisProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code doctor} finds what is wrong with Redis, files, ports and proxies, and says what to do. */
final class DoctorCommandTest {
    private static final String[] FREE_PORTS = {"--tcp-port", "0", "--ws-port", "0", "--admin-port", "0"};

    @TempDir
    private static Path directory;

    private static RedisProcess redis;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start("--appendonly", "yes", "--maxmemory", "1gb");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static Result doctor(String... arguments) {
        List<String> all = new ArrayList<>(List.of("doctor"));
        all.addAll(List.of(FREE_PORTS));
        all.addAll(List.of(arguments));
        return new Commands().run(all.toArray(String[]::new));
    }

    /** The finding of a check, as JSON tells it. */
    private static JsonNode finding(Result result, String check) {
        for (JsonNode each : result.json().get("checks")) {
            if (each.get("check").asText().equals(check)) {
                return each;
            }
        }
        throw new AssertionError("no " + check + " in " + result.out());
    }

    private static void expect(Result result, String check, String status, String... words) {
        JsonNode finding = finding(result, check);
        assertThat(finding.get("status").asText()).as(finding.toString()).isEqualTo(status);
        assertThat(finding.get("detail").asText() + finding.get("advice").asText())
                .contains(words);
        assertThat(finding.get("advice").asText().isEmpty())
                .as(finding.toString())
                .isEqualTo(status.equals("ok"));
    }

    @Test
    void whereAllIsWellNothingFailsAndEachLineSaysWhatWasFound() {
        Result result = doctor("--dev", "--redis", redis.address());

        assertThat(result.exitCode()).as(result.out()).isZero();
        assertThat(result.out().lines()).allMatch(line -> line.matches("(ok|warn|fail) .*| +-> .*"));
        assertThat(result.out())
                .containsPattern("ok +redis 127.0.0.1:\\d+ +(Redis|Valkey) \\d")
                .containsPattern("ok +redis memory .*maxmemory 1.0 GiB .*noeviction")
                .containsPattern("ok +redis file +append-only file, appendfsync everysec")
                .containsPattern("ok +redis clock")
                .containsPattern("ok +redis rights")
                .containsPattern("ok +file descriptors");
    }

    @Test
    void aRedisThatWouldLoseSessionsOrIsNotThereFails() {
        try (RedisProcess bad = RedisProcess.start("--appendonly", "no", "--maxmemory-policy", "allkeys-lru")) {
            Result result = doctor("--dev", "--redis", bad.address(), "-o", "json", "--set", "store.redis.replicas=1");

            assertThat(result.exitCode()).isEqualTo(1);
            expect(result, "redis memory", "fail", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction");
            expect(result, "redis file", "warn", "appendonly yes");
            expect(result, "redis replicas", "fail", "0 replicas", "store.redis.replicas 1");
            expect(result, "redis", "fail", "would evict sessions");
        }
        Result away = doctor("--dev", "--redis", "redis://127.0.0.1:1", "-o", "json");
        assertThat(away.exitCode()).isEqualTo(1);
        expect(away, "redis", "fail", "refuses the connection", "start it");
        expect(doctor("--dev", "-o", "json"), "redis", "warn", "store.redis.url");
    }

    @Test
    void aClockThatIsFarOffIsFound() {
        assumeTrue(RedisProcess.canSetClock(), "libfaketime is not installed");
        try (RedisProcess other = RedisProcess.startWithClock("--appendonly", "yes", "--maxmemory", "1gb")) {
            other.setClock(Duration.ofMinutes(10));

            Result result = doctor("--dev", "--redis", other.address(), "-o", "json");

            expect(result, "redis clock", "fail", "ahead of this machine's", "NTP");
        }
    }

    @Test
    void certificatesAreJudgedByTheirDatesAndKeysByWhoMayReadThem() throws Exception {
        Certificates authority = Certificates.authority("authority");
        for (String each : List.of("over", "soon", "good")) {
            Certificates certificates = authority.signs(
                    "mqtt.example.com",
                    Duration.ofHours(each.equals("over") ? -2 : each.equals("soon") ? 24 * 5 + 1 : 24 * 90 + 1));
            certificates.writeCertificate(directory.resolve(each + ".pem"));
            certificates.writeKey(directory.resolve(each + ".key"));
        }
        Files.setPosixFilePermissions(directory.resolve("good.key"), PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(directory.resolve("soon.key"), PosixFilePermissions.fromString("rw-r--r--"));

        expect(tls("over"), "tls certificate", "fail", "over for", "renew it");
        expect(tls("soon"), "tls certificate", "warn", "CN=mqtt.example.com", "in 5d", "renew it");
        expect(tls("soon"), "tls key", "warn", "every user of this machine", "chmod 600");
        expect(tls("good"), "tls certificate", "ok", "in 90d");
        expect(tls("good"), "tls key", "ok", "may not be read by everybody");
    }

    private static Result tls(String name) {
        return doctor(
                "--dev",
                "-o",
                "json",
                "--set",
                "tls.certificate=" + directory.resolve(name + ".pem"),
                "--set",
                "tls.key=" + directory.resolve(name + ".key"));
    }

    @Test
    void aPortThatIsTakenAndProxiesThatAreEverybodyFail() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Result result = new Commands()
                    .run(
                            "doctor",
                            "--dev",
                            "--tcp-port",
                            port,
                            "--ws-port",
                            "0",
                            "--admin-port",
                            "0",
                            "-o",
                            "json",
                            "--set",
                            "websocket.trusted-proxies=0.0.0.0/0",
                            "--set",
                            "listeners.tcp-proxy-protocol=true");

            assertThat(result.exitCode()).isEqualTo(1);
            expect(result, "port " + port, "fail", "listeners.tcp-port", "ss -ltnp");
            expect(result, "trusted proxies", "fail", "any client may claim any address");
            expect(result, "proxy before tcp-port", "warn", "PROXY header");
            expect(result, "api tokens", "warn", "api.write-token-file");
        }
    }

    @Test
    void keysThatCannotBeReadFail() throws Exception {
        Path file = Files.writeString(directory.resolve("jwks.yaml"), """
                auth:
                  jwt:
                    issuers:
                      - issuer: https://login.example.com
                        audience: [mqtt]
                        algorithms: [RS256]
                        keys: { jwks-url: "http://127.0.0.1:1/jwks.json", allow-http: true }
                """);

        expect(
                doctor("-c", file.toString(), "-o", "json"),
                "issuer https://login.example.com",
                "fail",
                "no JWK set at http://127.0.0.1:1/jwks.json",
                "nobody with a token comes in");
    }

    @Test
    void aConfigurationThatCannotBeUsedIsToldLineByLineWithExitCode2() throws Exception {
        Path file = Files.writeString(directory.resolve("bad.yaml"), "limits:\n  max-inflihgt: 3\n");

        Result result = doctor("-c", file.toString(), "--dev");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out())
                .contains("fail  configuration  " + file
                        + ":2: limits.max-inflihgt: unknown key; did you mean limits.max-inflight?");
    }
}
