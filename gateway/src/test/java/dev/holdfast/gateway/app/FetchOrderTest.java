// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.harness.InterceptedStore;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.session.SessionStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Found by the fault rig on a cluster, seed 11: a master died, and of the messages that a publisher released after it
 * had come back the fifth was fetched before the first four. A Redis process that is new has no scripts; the first
 * four calls of a batch were told so, then another gateway loaded them, and the fifth was served.
 */
final class FetchOrderTest {
    private static final int MESSAGES = 3;

    private final CompletableFuture<Void> firstIsAnswered = new CompletableFuture<>();
    private final AtomicInteger asked = new AtomicInteger();
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = Gateway.start(
                HoldfastConfig.of("dev=true", "listeners.tcp-port=0", "listeners.ws-port=0", "listeners.admin-port=0"),
                (config, metrics, memory) -> {
                    Stores stores = Wiring.stores(config, metrics, memory);
                    return new Stores(
                            crosswise(stores.sessions()),
                            stores.logs(),
                            stores.retained(),
                            stores.revocations(),
                            stores.ticketKeys(),
                            stores.checks(),
                            stores.closing());
                },
                Wiring::doors);
    }

    @AfterEach
    void stop() {
        firstIsAnswered.complete(null);
        gateway.close();
    }

    /** The store, but that it answers the first fetch after the later ones. */
    private SessionStore crosswise(SessionStore store) {
        return InterceptedStore.of(SessionStore.class, store, call -> {
            Object answer = call.proceed();
            return call.operation().equals("takeInbound") && asked.incrementAndGet() == 1
                    ? firstIsAnswered.thenCompose(now -> (CompletionStage<?>) answer)
                    : answer;
        });
    }

    @Test
    void messagesAreDistributedInTheOrderOfTheirPubrelsThoughTheStoreAnswersCrosswise() {
        try (RawClient subscriber = connect("s").subscribed("order/t", 2);
                RawClient before = connect("p")) {
            for (int id = 1; id <= MESSAGES; id++) {
                before.send(Publish.publish("order/t", "m" + id).exactlyOnce(id));
                before.expectAck(PacketType.PUBREC, id);
            }
            before.vanish();
            try (RawClient publisher = connect("p")) {
                for (int id = 1; id <= MESSAGES; id++) {
                    publisher.send(Packets.ack(PacketType.PUBREL, id));
                }
                await().until(() -> asked.get() == MESSAGES);
                firstIsAnswered.complete(null);

                assertThat(subscriber.expectPublishes(MESSAGES)).containsExactly("m1", "m2", "m3");
                for (int id = 1; id <= MESSAGES; id++) {
                    publisher.expectAck(PacketType.PUBCOMP, id);
                }
            }
        }
    }

    private RawClient connect(String clientId) {
        return new RawClient(TcpChannel.open(gateway.tcp().getPort()), Version.V5).connected(Connect.kept(clientId));
    }
}
