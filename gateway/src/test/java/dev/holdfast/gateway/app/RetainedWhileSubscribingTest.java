// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.store.Message;
import dev.holdfast.store.RetainedStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A client subscribes while a retained message is on its way into the store. The message has gone out to those who had
 * subscribed before; the newcomer is given it as a retained one, and not neither.
 */
final class RetainedWhileSubscribingTest {
    private final CompletableFuture<Void> storeIsQuick = new CompletableFuture<>();
    private volatile boolean isWriting;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        ConfigLoader loader = new ConfigLoader().environment(Map.of());
        for (String setting :
                List.of("dev=true", "listeners.tcp-port=0", "listeners.ws-port=0", "listeners.admin-port=0")) {
            loader.set(setting);
        }
        gateway = Gateway.start(
                loader.load(),
                (config, metrics) -> {
                    Stores stores = Wiring.stores(config, metrics);
                    return new Stores(
                            stores.sessions(),
                            slow(stores.retained()),
                            stores.revocations(),
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

    /** The store, but that it takes its time to retain. */
    private RetainedStore slow(RetainedStore store) {
        return (RetainedStore) Proxy.newProxyInstance(
                RetainedStore.class.getClassLoader(),
                new Class<?>[] {RetainedStore.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("retain")) {
                        isWriting = true;
                        return storeIsQuick.thenCompose(now -> retain(store, arguments[0]));
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static CompletionStage<Boolean> retain(RetainedStore store, Object message) {
        return store.retain((Message) message);
    }

    @Test
    void newcomerIsGivenTheMessage() throws IOException {
        try (MqttSocket publisher = MqttSocket.connected(gateway.tcp(), "publisher", false);
                MqttSocket early = MqttSocket.connected(gateway.tcp(), "early", false);
                MqttSocket late = MqttSocket.connected(gateway.tcp(), "late", false)) {
            early.subscribe("door", 0);
            assertThat(early.next()).startsWith("90");
            publisher.publishRetained("door", "open");
            assertThat(early.next()).as("the live one").startsWith("30");
            await().until(() -> isWriting);

            late.subscribe("door", 0).ping();
            assertThat(late.next()).as("the SUBACK waits for the store").isEqualTo("d000");
            storeIsQuick.complete(null);

            assertThat(late.next()).startsWith("90");
            assertThat(late.next()).as("the retained one").startsWith("31");
            assertThat(late.ping().next()).isEqualTo("d000");
        }
    }
}
