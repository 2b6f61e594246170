// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.app.Gateway;
import dev.holdfast.gateway.cli.Commands.Result;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench} counts what it has sent and what has come, and fails where something is missing. */
final class BenchCommandTest {
    @TempDir
    private Path directory;

    private static Gateway gateway;
    private static Commands bench;

    @BeforeAll
    static void start() throws Exception {
        gateway = Gateway.start(HoldfastConfig.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "session.max-queue-messages=30"));
        bench = new Commands("--url", "mqtt://127.0.0.1:" + gateway.tcp().getPort());
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void eachConnectionIsCountedAndItsTimeTold() throws Exception {
        Result result = bench.good(
                "bench",
                "connect",
                "-n",
                "40",
                "--connect-rate",
                "400",
                "-o",
                "json",
                "--hgrm",
                directory.resolve("run").toString());
        JsonNode json = result.json();

        assertThat(json.get("connected").asInt()).isEqualTo(40);
        assertThat(json.at("/times/connect/count").asInt()).isEqualTo(40);
        assertThat(json.at("/times/connect/p99Millis").asDouble()).isPositive();
        assertThat(json.get("failures")).isEmpty();
        assertThat(Files.readString(directory.resolve("run-connect.hgrm"))).contains("Percentile", "#[Mean");
    }

    @Test
    void pairsAndAFanOutLoseNothing() {
        JsonNode pairs = bench.good("bench", "pairs", "-n", "3", "-r", "300", "-d", "500ms", "-q", "2", "-o", "json")
                .json();
        JsonNode fanout = bench.good("bench", "fanout", "-n", "10", "-r", "50", "-d", "500ms", "-q", "0", "-o", "json")
                .json();

        assertThat(pairs.get("messages sent").asInt()).isEqualTo(150);
        assertThat(pairs.get("messages received").asInt()).isEqualTo(150);
        assertThat(pairs.get("lost").asInt()).isZero();
        assertThat(pairs.at("/times/acknowledgement/count").asInt()).isEqualTo(150);
        assertThat(pairs.at("/times/delivery/count").asInt()).isEqualTo(150);
        assertThat(fanout.get("messages sent").asInt()).isEqualTo(25);
        assertThat(fanout.get("messages received").asInt()).isEqualTo(250);
    }

    @Test
    void whoWasAwayGetsAllAndNoSessionOfTheRunStays() {
        Result result = bench.good("bench", "offline", "-n", "4", "--messages", "20", "-i", "away");

        assertThat(result.out()).containsPattern("messages received +80\n").containsPattern("lost +0\n");
        assertThat(result.row("all received").get(1)).isEqualTo("4");
        assertThat(new Commands("--api", "http://127.0.0.1:" + gateway.admin().getPort())
                        .good("sessions", "ls", "--prefix", "away")
                        .err())
                .isEqualTo("none\n");
    }

    @Test
    void whatTheQueueCouldNotHoldIsCountedAsLostAndTheRunFails() {
        Result result = bench.run(
                "bench", "offline", "-n", "1", "--messages", "50", "-i", "lossy", "--settle", "300ms", "-o", "json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.json().get("lost").asInt()).isEqualTo(20);
        assertThat(result.json().get("messages received").asInt()).isEqualTo(30);
    }

    @Test
    void whoCannotConnectIsCountedByReason() {
        Result result = new Commands("--url", "mqtt://127.0.0.1:1").run("bench", "pairs", "-n", "2");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("failed 4x: connect: Connection refused", "nothing was sent");
        assertThat(bench.run("bench", "pairs", "-n", "0").exitCode()).isEqualTo(2);
        assertThat(bench.run("bench", "pairs", "--size", "3").exitCode()).isEqualTo(2);
        assertThat(bench.run("bench", "offline", "-q", "0").exitCode()).isEqualTo(2);
    }
}
