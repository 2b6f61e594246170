// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.GatewayProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** One gateway that has to stand attack after attack, and a bystander who stays. What an attack leaves behind is taken away. */
final class AttackSeries implements AutoCloseable {
    private static final int CLIENTS = 200;
    private static final int MESSAGES_PER_SECOND = 1_000;
    private static final int WARM_SECONDS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** What the clients of the bystander hold, and room for one that comes. */
    private static final double REST_BYTES = 2.5 * 1024 * 1024;

    private final Path config;
    private final GatewayProcess gateway;
    private final BystanderProcess bystander;

    /**
     * Starts both, and waits until the gateway is warm.
     *
     * @param directory for the configuration of the gateway
     * @param jvmFlags of the gateway
     */
    AttackSeries(Path directory, List<String> jvmFlags) throws InterruptedException {
        config = directory.resolve("holdfast.yaml");
        configure(List.of());
        gateway = GatewayProcess.startWithConfig(config, jvmFlags);
        bystander = BystanderProcess.start(gateway.tcpPort(), CLIENTS, MESSAGES_PER_SECOND);
        TimeUnit.SECONDS.sleep(WARM_SECONDS);
        bystander.lap();
    }

    /** The default rates, which {@code --dev} has not, unless the attack needs others; kept sessions of its clients end soon. */
    private void configure(List<String> settings) {
        List<String> limits = new ArrayList<>(List.of("message-rate: 500/s", "byte-rate: 1MiB/s"));
        for (String setting : settings) {
            String[] parts = setting.substring("limits.".length()).split("=", 2);
            limits.removeIf(line -> line.startsWith(parts[0] + ":"));
            limits.add(parts[0] + ": " + parts[1]);
        }
        try {
            Files.write(
                    config,
                    Stream.concat(
                                    Stream.of("session: {default-expiry: 5s}", "limits:"),
                                    limits.stream().map(line -> "  " + line))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Attacks for a while, and takes away what is left behind; what the bystander has noticed of both. */
    Bystander.Report stand(Attack attack, Duration howLong) throws InterruptedException {
        configure(attack.settings());
        gateway.reload();
        try (Crowd crowd = new Crowd(gateway.tcpPort())) {
            attack.prepare(crowd);
            long end = System.nanoTime() + howLong.toNanos();
            attack.go(() -> System.nanoTime() - end > 0);
            TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
        }
        configure(List.of("limits.message-rate=100000/s", "limits.byte-rate=1GiB/s"));
        gateway.reload();
        clear(attack);
        Bystander.Report report = bystander.lap();
        // What the attackers had sent last is dealt with on their connections, on a busy machine after it was cleared
        // on another.
        if (!comesToRest(PATIENCE.dividedBy(3))) {
            clear(attack);
        }
        assertThat(comesToRest(PATIENCE))
                .as("nothing is held after " + attack.title())
                .isTrue();
        return report;
    }

    private void clear(Attack attack) {
        try (Crowd crowd = new Crowd(gateway.tcpPort())) {
            attack.clear(crowd);
        }
    }

    private boolean comesToRest(Duration patience) {
        try {
            await().atMost(patience)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> gateway.sum("mqtt_gateway_memory_held_bytes{") < REST_BYTES);
            return true;
        } catch (ConditionTimeoutException stillHeld) {
            return false;
        }
    }

    /** The heap in use after a full collection, in bytes. */
    long heapAfterCollection() {
        return gateway.liveHeapBytes();
    }

    /** How many file descriptors the gateway has open. */
    int descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(gateway.pid()), "fd"))) {
            return (int) open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return gateway.isAlive();
    }

    @Override
    public void close() {
        bystander.close();
        gateway.close();
    }
}
