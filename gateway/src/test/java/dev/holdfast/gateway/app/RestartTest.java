// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.MqttSocket;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.limits.MemoryBudget;
import dev.holdfast.gateway.observe.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A gateway that ends and another one that goes on with its store, as after a deployment. */
final class RestartTest {
    private final HoldfastConfig config;
    private final Stores stores;

    RestartTest() throws Exception {
        ConfigLoader loader = new ConfigLoader().environment(Map.of());
        List.of("dev=true", "listeners.tcp-port=0", "listeners.ws-port=0", "listeners.admin-port=0")
                .forEach(loader::set);
        config = loader.load();
        stores = Wiring.stores(
                config,
                new Metrics(new SimpleMeterRegistry()),
                new MemoryAccount(MemoryBudget.of(0, Runtime.getRuntime().maxMemory())));
    }

    @AfterEach
    void close() {
        stores.close();
    }

    /** A gateway that leaves the store open when it ends. */
    private Gateway start() throws CommandFailure {
        return Gateway.start(
                config,
                (wanted, metrics, memory) -> new Stores(
                        stores.sessions(),
                        stores.logs(),
                        stores.retained(),
                        stores.revocations(),
                        stores.ticketKeys(),
                        Map.of(),
                        () -> {}),
                Wiring::doors);
    }

    @Test
    void sessionOfAClientThatWasConnectedAtTheEndGoesOnAtTheNextGateway() throws Exception {
        Gateway first = start();
        try (MqttSocket kept = MqttSocket.connected(first.tcp(), "kept", true);
                MqttSocket clean = MqttSocket.connected(first.tcp(), "clean", false)) {
            kept.subscribe("a", 1);
            assertThat(kept.next()).startsWith("90");
            clean.publish("a", "unacknowledged");
            assertThat(clean.next()).isEqualTo("40020001");
            assertThat(kept.next()).startsWith("32");

            first.close();

            assertThat(kept.next()).isEmpty();
            assertThat(clean.next()).isEmpty();
        }

        try (Gateway second = start();
                MqttSocket kept = MqttSocket.connected(second.tcp(), "kept", true);
                MqttSocket clean = MqttSocket.connected(second.tcp(), "clean", true)) {
            assertThat(kept.wasSessionPresent()).isTrue();
            assertThat(kept.next()).as("the message again, with DUP").startsWith("3a");
            clean.publish("a", "new");
            assertThat(clean.next()).isEqualTo("40020001");
            assertThat(kept.next()).startsWith("32");
            assertThat(clean.wasSessionPresent()).isFalse();
        }
    }
}
