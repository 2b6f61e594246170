// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.gateway.harness.MqttSocket;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A fault of this program while it serves one connection: that one is closed and named in the log, no other notices. */
final class ConnectionFaultTest {
    private static final String FAULT = "planted";

    private final ConcurrentLinkedQueue<ILoggingEvent> logged = new ConcurrentLinkedQueue<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.holdfast.connection");
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            logged.add(event);
        }
    };
    private Gateway gateway;
    private MqttSocket other;

    @BeforeEach
    void start() throws Exception {
        appender.start();
        logger.addAppender(appender);
        ConfigLoader loader = new ConfigLoader().environment(Map.of());
        for (String setting : List.of(
                "dev=true",
                "listeners.tcp-port=0",
                "listeners.ws-port=0",
                "listeners.admin-port=0",
                "listeners.io-threads=1")) {
            loader.set(setting);
        }
        gateway = Gateway.start(
                loader.load(),
                (config, metrics, memory) -> {
                    Stores stores = Wiring.stores(config, metrics, memory);
                    return new Stores(
                            faulty(stores.sessions()),
                            stores.logs(),
                            stores.retained(),
                            stores.revocations(),
                            stores.ticketKeys(),
                            stores.checks(),
                            stores.closing());
                },
                Wiring::doors);
        other = MqttSocket.connected(gateway.tcp(), "other", false);
    }

    @AfterEach
    void stop() throws IOException {
        other.close();
        gateway.close();
        logger.detachAppender(appender);
    }

    /** The store, but that it throws at whatever has to do with "boom". */
    private static SessionStore faulty(SessionStore store) {
        return InterceptedStore.of(SessionStore.class, store, call -> {
            Object subject = call.first();
            if (subject != null && isBoom(call.operation(), subject)) {
                throw new IllegalStateException(FAULT);
            }
            return call.proceed();
        });
    }

    private static boolean isBoom(String operation, Object subject) {
        return switch (operation) {
            case "attach" -> ((AttachRequest) subject).clientId().equals("boom-attach");
            case "subscribe" -> ((SessionRef) subject).clientId().equals("boom-subscribe");
            case "enqueue" -> ((Message) subject).topic().equals("boom");
            default -> false;
        };
    }

    @Test
    void faultAtConnectClosesThatConnection() throws Exception {
        try (MqttSocket client = new MqttSocket(gateway.tcp())) {
            client.connect("boom-attach", true);

            expectRefusedOrClosed(client);
        }
        expectNamed("boom-attach");
        expectOthersServed();
    }

    @Test
    void faultAtSubscribeClosesThatConnection() throws Exception {
        try (MqttSocket client = MqttSocket.connected(gateway.tcp(), "boom-subscribe", true)) {
            client.subscribe("a", 1);

            assertThat(client.next()).isEmpty();
        }
        expectNamed("boom-subscribe");
        expectOthersServed();
    }

    @Test
    void faultAtPublishClosesThePublisherAndNotTheSubscriber() throws Exception {
        try (MqttSocket subscriber = MqttSocket.connected(gateway.tcp(), "kept", true);
                MqttSocket publisher = MqttSocket.connected(gateway.tcp(), "publisher", false)) {
            subscriber.subscribe("#", 1);
            assertThat(subscriber.next()).startsWith("90");

            publisher.publish("boom", "x");

            assertThat(publisher.next()).isEmpty();
            assertThat(subscriber.ping().next()).isEqualTo("d000");
        }
        expectNamed("publisher");
        expectOthersServed();
    }

    private static void expectRefusedOrClosed(MqttSocket client) throws IOException {
        String answer = client.next();
        if (!answer.isEmpty()) {
            assertThat(answer).startsWith("2002").isNotEqualTo("20020000");
            assertThat(client.next()).isEmpty();
        }
    }

    private void expectNamed(String clientId) {
        await().untilAsserted(() -> assertThat(logged).anySatisfy(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.ERROR);
            assertThat(event.getThrowableProxy().getMessage()).isEqualTo(FAULT);
            assertThat(event.getKeyValuePairs().toString()).contains("client=\"" + clientId + "\"");
        }));
    }

    /** There is one I/O thread: who is served is served by the one that met the fault. */
    private void expectOthersServed() throws IOException {
        assertThat(other.ping().next()).isEqualTo("d000");
        MqttSocket.connected(gateway.tcp(), "late", false).close();
    }
}
