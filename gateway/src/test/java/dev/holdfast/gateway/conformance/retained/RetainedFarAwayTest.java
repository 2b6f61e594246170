// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A retained message travels two ways, from its gateway to the subscribers of another one and to Redis, and one way is
 * longer. A subscriber that asks in that moment was shown the past after the present.
 */
final class RetainedFarAwayTest {
    private static final Duration FAR = Duration.ofMillis(250);

    private static Cluster cluster;
    private static FaultProxy wayToRedis;
    private static FaultProxy wayToSubscribers;
    private static GatewayProcess here;
    private static GatewayProcess there;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        wayToRedis = FaultProxy.to(cluster.redis()::port);
        wayToSubscribers = FaultProxy.to(() -> here.linksPort());
        here = cluster.gateway("cluster.advertise=127.0.0.1:" + wayToSubscribers.port());
        there = cluster.gateway("store.redis.url=redis://127.0.0.1:" + wayToRedis.port());
    }

    @AfterEach
    void bringAllNear() {
        wayToRedis.heal();
        wayToSubscribers.heal();
    }

    @AfterAll
    static void stop() {
        cluster.close();
        wayToRedis.close();
        wayToSubscribers.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whatCameLiveIsNotFollowedByWhatRedisHadBefore(int qos) {
        String topic = "redis-far/" + qos;
        RawClient publisher = cluster.connect(there, Connect.connect("p1" + qos));
        publisher.published(publish(topic, "1").qos(1).retained(), 1);
        RawClient subscriber =
                cluster.connect(here, Connect.connect("s1" + qos)).subscribed(topic, qos);
        assertThat(subscriber.take().text()).isEqualTo("1");
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);

        publisher.send(publish(topic, "2").qos(qos).packetId(2).retained());
        assertThat(subscriber.take().text()).isEqualTo("2");
        subscriber.send(subscribe(topic, qos));
        subscriber.expect(PacketType.SUBACK);
        publisher.send(publish(topic, "3").qos(0).retained());

        assertThat(shownUpTo("3", subscriber)).doesNotContain("1").isSorted();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whatRedisHasIsNotFollowedByWhatWasPublishedBefore(int qos) {
        String topic = "gateway-far/" + qos;
        RawClient publisher = cluster.connect(there, Connect.connect("p2" + qos));
        RawClient subscriber =
                cluster.connect(here, Connect.connect("s2" + qos)).subscribed(topic, qos);
        publisher.published(publish(topic, "1").qos(1).retained(), 1);
        assertThat(subscriber.take().text()).isEqualTo("1");
        wayToSubscribers.delay(FaultProxy.Direction.TO_SERVER, FAR);

        publisher.published(publish(topic, "2").qos(qos).retained(), 2);
        publisher.published(publish(topic, "3").qos(qos).retained(), 3);
        publisher.expectAlive();
        subscriber.send(subscribe(topic, qos));
        List<String> shown = shownUpTo("3", subscriber);
        wayToSubscribers.heal();
        publisher.published(publish(topic, "4").qos(1).retained(), 4);
        shown.addAll(shownUpTo("4", subscriber));

        assertThat(shown).contains("2").isSorted();
    }

    private static List<String> shownUpTo(String last, RawClient subscriber) {
        List<String> shown = new ArrayList<>();
        while (!shown.contains(last)) {
            Packet packet = subscriber.expectAny();
            if (packet.type() == PacketType.PUBLISH) {
                shown.add(packet.text());
                if (packet.qos() == 1) {
                    subscriber.send(Packets.ack(PacketType.PUBACK, packet.packetId()));
                }
            }
        }
        return shown;
    }
}
