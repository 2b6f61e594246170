// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.store.redis.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Gateways tell each other directly what Redis need not keep, and through Redis where they cannot. */
final class LinkedGatewaysTest {
    private static final int WINDOW = 16;
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    @Test
    void messagesToCleanSessionsElsewhereNeitherPassRedisNorNeedIt() throws Exception {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway("listeners.io-threads=3");
            awaitLinked(a, b);
            RawClient subscriber = cluster.connect(b, Connect.connect("sub")).subscribed("t/+", 2);
            RawClient publisher = cluster.connect(a, Connect.connect("pub"));
            int appended = appends(cluster.redis());

            for (int i = 0; i < 300; i++) {
                publisher.published(Publish.publish("t/1", "m" + i).qos(i % 3), 1 + i);
                assertThat(subscriber.take().text()).isEqualTo("m" + i);
            }
            assertThat(appends(cluster.redis())).isEqualTo(appended);

            cluster.redis().pause();
            for (int i = 0; i < 100; i++) {
                publisher.published(Publish.publish("t/1", "m" + i).qos(i % 2), 1 + i);
            }
            assertThat(texts(subscriber, 100)).isEqualTo(numbered(100));
            cluster.redis().resume();
        }
    }

    /** SUBACK waits for Redis, which knows who has come just now; those that were known route by the subscription before. */
    @Test
    void aSubscriptionIsRoutedByTheOthersThoughRedisDoesNotAnswer() throws Exception {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            awaitLinked(a, b);
            RawClient subscriber = cluster.connect(b, Connect.connect("sub"));
            RawClient publisher = cluster.connect(a, Connect.connect("pub"));

            cluster.redis().pause();
            subscriber.send(Subscribe.subscribe("t", 1));
            await().until(() -> reachesSomebody(publisher));
            assertThat(subscriber.take().text()).isEqualTo("m");
            cluster.redis().resume();

            assertThat(subscriber.expect(PacketType.SUBACK).reasons()).containsExactly(1);
        }
    }

    private static boolean reachesSomebody(RawClient publisher) {
        publisher.send(Publish.publish("t", "m").qos(1).packetId(1));
        return publisher.expectAck(PacketType.PUBACK, 1).reason() != NO_MATCHING_SUBSCRIBERS;
    }

    /** Some messages are under way when its gateway dies; all that were acknowledged arrive. */
    @Test
    void whatAGatewayHasAcknowledgedArrivesThoughItIsKilledInThatMoment() throws Exception {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess b = cluster.gateway();
            RawClient subscriber = cluster.connect(b, Connect.connect("sub")).subscribed("t", 1);
            for (int round = 0; round < 2; round++) {
                GatewayProcess a = cluster.gateway();
                awaitLinked(a, b);
                RawClient publisher = cluster.connect(a, Connect.connect("pub"));
                for (int i = 1; i <= 200 + WINDOW; i++) {
                    publisher.send(Publish.publish("t", round + "/" + i).qos(1).packetId(i));
                    if (i > WINDOW) {
                        publisher.expectAck(PacketType.PUBACK, i - WINDOW);
                    }
                }

                a.kill();

                cluster.connect(b, Connect.connect("last"))
                        .published(Publish.publish("t", "end").qos(1), 1);
                List<String> heard = new ArrayList<>();
                for (String next = subscriber.take().text(); !"end".equals(next); ) {
                    heard.add(next);
                    next = subscriber.take().text();
                }
                String prefix = round + "/";
                assertThat(heard)
                        .hasSizeGreaterThanOrEqualTo(200)
                        .isEqualTo(IntStream.rangeClosed(1, heard.size())
                                .mapToObj(i -> prefix + i)
                                .toList());
            }
        }
    }

    @Test
    void aGatewayWithoutLinksAndOneWithThemUnderstandEachOther() {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess with = cluster.gateway();
            GatewayProcess without = cluster.gateway("cluster.links=off");
            assertThat(without.ready()).doesNotContain("links");
            RawClient here = cluster.connect(with, Connect.connect("here")).subscribed("t", 1);
            RawClient there = cluster.connect(without, Connect.connect("there")).subscribed("t", 1);

            for (int i = 0; i < 50; i++) {
                (i % 2 == 0 ? here : there)
                        .published(Publish.publish("t", "m" + i).qos(1), 1 + i);
            }

            assertThat(texts(here, 50)).containsExactlyInAnyOrderElementsOf(numbered(50));
            assertThat(texts(there, 50)).containsExactlyInAnyOrderElementsOf(numbered(50));
            assertThat(with.metric("mqtt_gateway_links")).isZero();
        }
    }

    @Test
    void gatewaysThatCannotReachEachOtherGoOnThroughRedis() throws Exception {
        int[] port = new int[1];
        try (FaultProxy network = FaultProxy.to(() -> port[0]).cut();
                Cluster cluster = Cluster.start()) {
            String advertised = "cluster.advertise=localhost:" + network.port();
            GatewayProcess a = cluster.gateway(advertised);
            GatewayProcess b = cluster.gateway(advertised);
            port[0] = b.linksPort();
            RawClient subscriber = cluster.connect(b, Connect.connect("sub")).subscribed("t", 1);
            RawClient publisher = cluster.connect(a, Connect.connect("pub"));
            for (int i = 0; i < 30; i++) {
                publisher.published(Publish.publish("t", "m" + i).qos(1), 1 + i);
            }
            assertThat(texts(subscriber, 30)).isEqualTo(numbered(30));
            assertThat(b.metric("mqtt_gateway_links")).isZero();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> new Dashboard(a).logged("There is no link to another gateway") == 1);

            network.heal();
            await().atMost(Duration.ofSeconds(40)).until(() -> b.metric("mqtt_gateway_links") == 1);
            int appended = appends(cluster.redis());
            for (int i = 0; i < 30; i++) {
                publisher.published(Publish.publish("t", "m" + i).qos(1), 1 + i);
            }
            assertThat(texts(subscriber, 30)).isEqualTo(numbered(30));
            assertThat(appends(cluster.redis())).isEqualTo(appended);
        }
    }

    private static void awaitLinked(GatewayProcess... gateways) {
        for (GatewayProcess gateway : gateways) {
            await().atMost(Duration.ofSeconds(15)).until(() -> gateway.metric("mqtt_gateway_links") == 1);
        }
    }

    private static List<String> texts(RawClient subscriber, int count) {
        return IntStream.range(0, count).mapToObj(i -> subscriber.take().text()).toList();
    }

    private static List<String> numbered(int count) {
        return new ArrayList<>(IntStream.range(0, count).mapToObj(i -> "m" + i).toList());
    }

    private static int appends(RedisProcess redis) throws IOException {
        Matcher calls = Pattern.compile("cmdstat_xadd:calls=([0-9]+)").matcher(redis.command("INFO", "commandstats"));
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }
}
