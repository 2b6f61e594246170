// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.conformance.clients.MqttJsTest;
import dev.holdfast.gateway.fault.rig.ConnectRates;
import dev.holdfast.gateway.fault.rig.Haproxy;
import dev.holdfast.gateway.fault.rig.Haproxy.Server;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * All gateways are restarted one after the other behind a real HAProxy, by SIGTERM, under the traffic of MQTT.js at QoS 1
 * and 2. Nobody notices but by a reconnect.
 */
@Tag("long")
final class RollingRestartTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A machine that does not let the clients run for longer than this says nothing about how long a gateway interrupts them. */
    private static final int LONGEST_PAUSE_MILLIS = 500;

    /**
     * Clients moved off a second, of 2,000, by a gateway of three. All of them, three gateways, the balancer and Redis
     * share the cores of one machine: at twice this rate two cores are busy without a break, and what is measured is how clients wait
     * for a core.
     */
    private static final int MOVED_PER_SECOND = 100;

    /**
     * What came of it.
     *
     * @param clients what the clients say
     * @param mostConnects the most CONNECTs in a second that a gateway was asked for while another one drained, as a multiple of its
     *     share
     */
    private record Report(JsonNode clients, double mostConnects) {}

    @Test
    void nothingIsLostAndNothingComesTwice() throws Exception {
        Report report = roll(2, 40, 200, 100);

        assertNothingIsLost(report, 40);
    }

    @Test
    void twoThousandClientsAreBackWithinTwoSecondsAndNoGatewayIsAskedForMuchMoreThanItsShare() throws Exception {
        Report report = roll(3, 2_000, 5_000, MOVED_PER_SECOND);

        System.out.println(report);
        assertNothingIsLost(report, 2_000);
        int pause = report.clients().get("longestPause").asInt();
        assumeTrue(
                pause < LONGEST_PAUSE_MILLIS,
                "the clients were not let run for " + pause + " ms: no time of theirs tells");
        assertThat(report.clients().get("p99").asInt()).isLessThan(2_000);
        assertThat(report.mostConnects()).isLessThan(1.3);
    }

    private static void assertNothingIsLost(Report report, int clients) {
        JsonNode told = report.clients();
        assertThat(told.get("sent").asInt()).as("%s", told).isGreaterThan(clients);
        assertThat(told.get("lost").asInt()).as("%s", told).isZero();
        assertThat(told.get("twiceAtQos2").asInt()).as("%s", told).isZero();
        assertThat(told.get("wills").asInt()).as("%s", told).isZero();
        assertThat(told.get("sessionsLost").asInt()).as("%s", told).isZero();
        assertThat(told.get("interruptions").asInt()).as("%s", told).isGreaterThanOrEqualTo(clients);
    }

    private static Report roll(int gateways, int clients, int intervalMillis, int rate) throws Exception {
        Path program = Haproxy.program();
        assumeTrue(program != null, "HAProxy is not installed");
        Path modules = MqttJsTest.install();
        List<Server> servers = Stream.generate(Server::free).limit(gateways).toList();
        try (Cluster cluster = Cluster.start("drain.notice=2s", "drain.rate=" + rate + "/s", "drain.timeout=30s");
                Haproxy proxy = Haproxy.start(present(program), servers, modules)) {
            List<GatewayProcess> running = new ArrayList<>();
            servers.forEach(server -> running.add(cluster.gateway(server.settings())));
            await().atMost(Duration.ofSeconds(20)).until(() -> servers.stream().allMatch(proxy::uses));
            try (Clients load = Clients.start(modules, proxy, clients, intervalMillis)) {
                double most = 0;
                for (int i = 0; i < gateways; i++) {
                    Server server = servers.get(i);
                    CompletableFuture<Integer> ended = running.get(i).signalled("-TERM");
                    List<Server> others = servers.stream()
                            .filter(each -> !each.equals(server))
                            .toList();
                    most = Math.max(most, ConnectRates.most(others, ended) * others.size() / rate);
                    assertThat(ended.get(60, TimeUnit.SECONDS)).isZero();
                    // On this machine a JVM that starts takes the time of the clients that come back.
                    await().atMost(Duration.ofSeconds(30)).until(() -> ConnectRates.connected(others) >= clients);
                    running.set(i, cluster.gateway(server.settings()));
                    await().atMost(Duration.ofSeconds(20)).until(() -> proxy.uses(server));
                }
                return new Report(load.end(), most);
            }
        }
    }

    private static Path present(@Nullable Path program) {
        if (program == null) {
            throw new IllegalStateException("HAProxy is not installed");
        }
        return program;
    }

    /** The clients, in a process of their own. */
    private record Clients(Process process, BufferedReader output) implements AutoCloseable {
        static Clients start(Path modules, Haproxy proxy, int count, int intervalMillis) throws Exception {
            Process process = new ProcessBuilder(
                            "node",
                            "mqttjs-rolling.js",
                            proxy.webSocketUrl(),
                            proxy.tcpUrl(),
                            Integer.toString(count),
                            Integer.toString(intervalMillis),
                            "rolling")
                    .directory(modules.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Clients clients = new Clients(process, process.inputReader());
            assertThat(clients.line()).isEqualTo("connected");
            return clients;
        }

        /** Has them stop, and says what they report. */
        JsonNode end() throws Exception {
            process.outputWriter().append("stop\n").flush();
            return JSON.readTree(line());
        }

        private String line() throws Exception {
            return CompletableFuture.supplyAsync(() -> {
                        try {
                            return String.valueOf(output.readLine());
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .get(90, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
