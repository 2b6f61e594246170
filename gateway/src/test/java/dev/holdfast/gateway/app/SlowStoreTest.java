// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.gateway.harness.MqttSocket;
import dev.holdfast.store.RetainedStore;
import dev.holdfast.store.session.SessionStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens while the store has not answered yet, as on Redis: time enough for the next packet. */
final class SlowStoreTest {
    private final CompletableFuture<Void> storeIsQuick = new CompletableFuture<>();
    private final Set<String> called = ConcurrentHashMap.newKeySet();
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        ConfigLoader loader = new ConfigLoader().environment(Map.of());
        for (String setting : List.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "limits.max-subscriptions-per-client=2")) {
            loader.set(setting);
        }
        gateway = Gateway.start(
                loader.load(),
                (config, metrics, memory) -> {
                    Stores stores = Wiring.stores(config, metrics, memory);
                    return new Stores(
                            slow(SessionStore.class, stores.sessions(), "subscribe"),
                            stores.logs(),
                            slow(RetainedStore.class, stores.retained(), "retain"),
                            stores.revocations(),
                            stores.ticketKeys(),
                            stores.checks(),
                            stores.closing());
                },
                Wiring::doors);
    }

    @AfterEach
    void stop() {
        storeIsQuick.complete(null);
        gateway.close();
    }

    /** The store, but that one operation takes its time. */
    private <S> S slow(Class<S> type, S store, String operation) {
        return InterceptedStore.of(type, store, call -> {
            if (call.operation().equals(operation)) {
                called.add(operation);
                return storeIsQuick.thenCompose(now -> answerOf(call));
            }
            return call.proceed();
        });
    }

    private static CompletionStage<?> answerOf(InterceptedStore.Call call) {
        try {
            return (CompletionStage<?>) Objects.requireNonNull(call.proceed());
        } catch (Throwable failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    /**
     * A client subscribes while a retained message is on its way into the store. The message has gone out to those who
     * had subscribed before; the newcomer is given it as a retained one, and not neither.
     */
    @Test
    void newcomerIsGivenARetainedMessageThatIsBeingStored() throws IOException {
        try (MqttSocket publisher = MqttSocket.connected(gateway.tcp(), "publisher", false);
                MqttSocket early = MqttSocket.connected(gateway.tcp(), "early", false);
                MqttSocket late = MqttSocket.connected(gateway.tcp(), "late", false)) {
            early.subscribe("door", 0);
            assertThat(early.next()).startsWith("90");
            publisher.publishRetained("door", "open");
            assertThat(early.next()).as("the live one").startsWith("30");
            await().until(() -> called.contains("retain"));

            late.subscribe("door", 0).ping();
            assertThat(late.next()).as("the SUBACK waits for the store").isEqualTo("d000");
            storeIsQuick.complete(null);

            assertThat(late.next()).startsWith("90");
            assertThat(late.next()).as("the retained one").startsWith("31");
            assertThat(late.ping().next()).isEqualTo("d000");
        }
    }

    /** A client does not get around its limit by asking again before it has been answered. */
    @Test
    void subscriptionsThatAreBeingStoredCount() throws IOException {
        try (MqttSocket client = MqttSocket.connected(gateway.tcp(), "client", true)) {
            for (String filter : List.of("a", "b", "c")) {
                client.subscribe(filter, 1);
            }
            assertThat(client.next()).as("the third is refused at once").isEqualTo("9003000180");
            storeIsQuick.complete(null);

            assertThat(client.next()).isEqualTo("9003000101");
            assertThat(client.next()).isEqualTo("9003000101");
            client.subscribe("d", 1);
            assertThat(client.next()).isEqualTo("9003000180");
            client.subscribe("a", 0);
            assertThat(client.next()).as("a replacement is no new one").isEqualTo("9003000100");
        }
    }
}
