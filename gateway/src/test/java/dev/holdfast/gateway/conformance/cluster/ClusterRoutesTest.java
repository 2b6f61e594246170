// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway routes to a session once, however its client has come and gone. */
final class ClusterRoutesTest {
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    private Cluster cluster;
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() {
        cluster = Cluster.start();
        a = cluster.gateway();
        b = cluster.gateway();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /**
     * Found by Paho's test_publication_expiry over three gateways: a kept session was resumed to end with its connection,
     * and that connection was displaced by one at another gateway. The first gateway forgot the session and not its
     * routes, so that whatever was published there for the session that came after it was queued twice.
     */
    @Test
    void aSessionThatEndsWithADisplacedConnectionLeavesNoRouteBehind() {
        cluster.connect(a, Connect.kept("s")).subscribed("routes/t", 1).disconnect();
        Connect toItsEnd = Connect.connect("s").cleanStart(false);
        RawClient displaced = cluster.connect(a, toItsEnd);
        assertThat(displaced.connack().isSessionPresent()).isTrue();
        RawClient anew = cluster.connect(b, Connect.kept("s"));
        displaced.expectDisconnected(0x8E);
        assertThat(anew.connack().isSessionPresent()).isFalse();
        anew.subscribed("routes/t", 1);

        RawClient publisher = cluster.connect(a, Connect.connect("p"));
        publisher.published(Publish.publish("routes/t", "one").qos(1), 1);
        publisher.published(Publish.publish("routes/t", "two").qos(1), 2);

        assertThat(anew.take().text()).isEqualTo("one");
        assertThat(anew.take().text()).isEqualTo("two");
        assertThat(a.metric("mqtt_gateway_subscriptions")).isEqualTo(1);
    }

    /** The routes were changed when the store had answered, and only if the connection was still there. */
    @Test
    void whatAClientUnsubscribesFromInItsLastBreathIsQueuedForItNoMore() {
        cluster.connect(a, Connect.kept("s"))
                .subscribed("routes/t", 1)
                .send(Subscribe.unsubscribe(2, "routes/t"), Packets.disconnect());

        expectReason(NO_MATCHING_SUBSCRIBERS);
    }

    /** So it was with a subscription, which only the gateway to which the client came back routed then. */
    @Test
    void whatAClientSubscribesToInItsLastBreathIsQueuedForIt() {
        cluster.connect(a, Connect.kept("s")).send(Subscribe.subscribe("routes/t", 1), Packets.disconnect());

        expectReason(0);
    }

    /** That of a PUBACK at either gateway. */
    private void expectReason(int reason) {
        for (GatewayProcess gateway : List.of(a, b)) {
            RawClient publisher = cluster.connect(gateway, Connect.connect("p"));
            await().untilAsserted(() -> {
                publisher.send(Publish.publish("routes/t", "m").atLeastOnce(1));
                assertThat(publisher.expect(PacketType.PUBACK).reason()).isEqualTo(reason);
            });
            publisher.disconnect();
        }
    }
}
