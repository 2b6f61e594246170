// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.subscribe;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A client with a kept session subscribes and publishes in one breath, as many do whose request and answer have the same
 * topic: it gets its own message. The subscription is stored in Redis meanwhile, and Redis is far away. Eclipse Paho's
 * test_redelivery_on_reconnect found that a busy machine is enough.
 */
final class PublishBehindSubscribeTest {
    private static final Duration FAR = Duration.ofMillis(150);

    private static Cluster cluster;
    private static FaultProxy wayToRedis;
    private static GatewayProcess gateway;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        wayToRedis = FaultProxy.to(cluster.redis()::port);
        gateway = cluster.gateway("store.redis.url=redis://127.0.0.1:" + wayToRedis.port(), "listeners.io-threads=1");
    }

    @AfterEach
    void bringRedisNear() {
        wayToRedis.heal();
    }

    @AfterAll
    static void stop() {
        cluster.close();
        wayToRedis.close();
    }

    @Test
    void whatAClientPublishesBehindItsSubscribeReachesItself() {
        RawClient client = cluster.connect(gateway, kept("self"));
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        client.send(
                subscribe("self/#", 1),
                publish("self/0", "at most once"),
                publish("self/1", "at least once").atLeastOnce(7));

        assertThat(published(client, 2)).containsExactly("at most once", "at least once");
    }

    @Test
    void itReachesItselfThroughEverySubscribeThatCameBefore() {
        RawClient client = cluster.connect(gateway, kept("twice"));
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        client.send(subscribe("first", 1), subscribe(2).to("second", 1), publish("first", "1"), publish("second", "2"))
                .send(publish("first", "3"));

        assertThat(published(client, 3)).containsExactly("1", "2", "3");
    }

    @Test
    void whoSaysGoodbyeBehindItHasPublished() {
        RawClient other = cluster.connect(gateway, connect("other")).subscribed("goodbye", 0);
        RawClient client = cluster.connect(gateway, kept("short"));
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        client.send(subscribe("short/#", 1), publish("goodbye", "last words"), Packets.disconnect());

        other.expectPublish("last words");
        client.expectClosed();
    }

    @Test
    void whatWasInOrderBeforeAMalformedPacketIsPublished() {
        RawClient other = cluster.connect(gateway, connect("witness")).subscribed("testimony", 0);
        RawClient client = cluster.connect(gateway, kept("broken"));
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        client.send(subscribe("broken/#", 1), publish("testimony", "in order"), Outgoing.hex("c1 00"));

        other.expectPublish("in order");
        client.expectDisconnected(Reason.MALFORMED_PACKET);
    }

    /** Nobody waits for long: others get it while the subscription cannot be stored, and the client is read on. */
    @Test
    void whileRedisIsAwayItIsPublishedWithoutTheSubscription() {
        RawClient other = cluster.connect(gateway, connect("reader")).subscribed("open", 0);
        RawClient client = cluster.connect(gateway, kept("patient"));
        wayToRedis.hold(FaultProxy.Direction.TO_SERVER);

        client.send(subscribe("patient/#", 1), publish("open", "anyway"), Packets.PINGREQ);

        other.expectPublish("anyway");
        assertThat(client.expect(PacketType.PINGRESP)).isNotNull();
        client.send(publish("open", "and on"));
        other.expectPublish("and on");
        wayToRedis.heal();
        client.expect(PacketType.SUBACK);
    }

    /** So what is held back is not more than what one read has brought. */
    @Test
    void theClientIsNotReadOnMeanwhileAndTheOrderIsKept() {
        RawClient other = cluster.connect(gateway, connect("orderly")).subscribed("order", 0);
        RawClient client = cluster.connect(gateway, kept("writer"));
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        long began = System.nanoTime();
        client.send(subscribe("writer/#", 1), publish("order", "1"));
        // Turns of the one I/O thread have passed when these are answered.
        other.expectAlive().expectAlive();
        client.send(publish("order", "2"), Packets.PINGREQ);

        while (client.expectAny().type() != PacketType.PINGRESP) {
            // SUBACK may come before.
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(FAR.dividedBy(2));
        assertThat(other.expectPublishes(2)).containsExactly("1", "2");
    }

    /** The payloads of the next PUBLISH packets, among which acknowledgements come. */
    private static List<String> published(RawClient client, int count) {
        List<String> payloads = new ArrayList<>();
        while (payloads.size() < count) {
            Packet packet = client.expectAny();
            if (packet.type() == PacketType.PUBLISH) {
                payloads.add(packet.text());
            }
        }
        return payloads;
    }
}
