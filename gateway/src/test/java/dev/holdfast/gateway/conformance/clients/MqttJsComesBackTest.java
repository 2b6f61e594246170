// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import java.io.BufferedReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A hundred dashboards of MQTT.js 5.16.0 and 5.15.0, MQTT 3.1.1 and 5, behind one address, with the gateway's defaults: whatever
 * passes by itself, all of them come back. From 5.16.0 on a refused CONNACK is final.
 */
@Tag("long")
final class MqttJsComesBackTest {
    private static final int CLIENTS = 100;

    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
    private final List<String> heard = new ArrayList<>();

    @Test
    void allComeBackAfterAnOutageOfRedisAndAfterARestart() throws Exception {
        Path installed = MqttJsTest.install();
        try (Cluster cluster = Cluster.start("dev=false", "auth.anonymous=true")) {
            GatewayProcess first = cluster.gateway();
            String webSocket = "ws://127.0.0.1:" + first.wsPort() + "/mqtt";
            String tcp = "mqtt://127.0.0.1:" + first.tcpPort();
            Process node = new ProcessBuilder("node", "mqttjs-comeback.js", "" + CLIENTS, webSocket, tcp)
                    .directory(installed.toFile())
                    .redirectErrorStream(true)
                    .start();
            try (Writer orders = node.outputWriter(StandardCharsets.UTF_8)) {
                listen(node.inputReader(StandardCharsets.UTF_8));
                await("all"::equals);

                cluster.redis().pause();
                orders.write("drop\n");
                orders.flush();
                // By then more than half of them have been turned away.
                await(line -> line.startsWith("tries ") && Integer.parseInt(line.substring(6)) > CLIENTS * 3 / 2);
                cluster.redis().resume();
                await("all"::equals);

                assertThat(first.signalled("-TERM").get(90, TimeUnit.SECONDS)).isZero();
                cluster.gateway("listeners.ws-port=" + first.wsPort(), "listeners.tcp-port=" + first.tcpPort());
                await("all"::equals);

                assertThat(heard)
                        .as("no CONNACK with a refusal")
                        .noneMatch(line -> line.contains("onnection refused:"));
            } finally {
                node.destroyForcibly();
            }
        }
    }

    private void listen(BufferedReader output) {
        Thread reader = new Thread(() -> output.lines().forEach(said::add), "mqttjs");
        reader.setDaemon(true);
        reader.start();
    }

    private void await(Predicate<String> wanted) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (true) {
            String line = said.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            assertThat(line).as("what MQTT.js says, after %s", heard).isNotNull();
            heard.add(line);
            if (wanted.test(line)) {
                return;
            }
        }
    }
}
