// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.redis.RedisAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The address of Redis leads to another server, and back to the first, which goes on with what it had: the positions that
 * the other one had given out were given again, and 100 messages that had been acknowledged to their publisher were
 * acknowledged away as old ones, to clients that were connected and to those that were not.
 */
final class StoreFailbackTest {
    private static final int BEFORE = 50;
    private static final int AWAY = 100;
    private static final int AFTER = 100;

    @Test
    void whatIsAcknowledgedAfterTheFormerMasterIsBackArrivesAtOneGatewayAndAtAnother() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of("store.redis.url=" + redis.addressForGateways()))) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            RawClient once = cluster.connect(a, Connect.kept("once")).subscribed("t", 1);
            RawClient twice = cluster.connect(b, Connect.kept("twice")).subscribed("t", 2);
            RawClient shared = cluster.connect(a, Connect.kept("shared")).subscribed("$share/g/t", 1);
            cluster.connect(b, Connect.kept("away")).subscribed("t", 1).disconnect();
            RawClient publisher = cluster.connect(b, Connect.connect("pub"));

            List<RawClient> live = List.of(once, twice, shared);
            publishAndTake(publisher, live, "before", BEFORE, 1);
            redis.failOver(1);
            untilReady(a, b);
            publishAndTake(publisher, live, "away", AWAY, 2);
            redis.leadTo(0);
            untilReady(a, b);
            publishAndTake(publisher, live, "after", AFTER, 2);

            live.forEach(RawClient::expectAlive);
            once.disconnect();
            RawClient onceAgain = cluster.connect(b, Connect.kept("once"));
            assertThat(onceAgain.connack().isSessionPresent()).isTrue();
            onceAgain.expectAlive();
            RawClient back = cluster.connect(a, Connect.kept("away"));
            assertThat(back.connack().isSessionPresent()).isTrue();
            assertThat(take(back, BEFORE + AFTER))
                    .containsExactlyElementsOf(
                            Stream.concat(texts("before", BEFORE).stream(), texts("after", AFTER).stream())
                                    .toList());
            publishAndTake(publisher, List.of(back, twice, shared, onceAgain), "last", 10, 1);
        }
    }

    /** The gateways that had met the other server are gone too. */
    @Test
    void whatIsAcknowledgedAfterTheFormerMasterIsBackArrivesThoughEveryGatewayWasReplaced() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of("store.redis.url=" + redis.addressForGateways()))) {
            GatewayProcess first = cluster.gateway();
            RawClient here = cluster.connect(first, Connect.kept("c")).subscribed("t", 2);
            publishAndTake(cluster.connect(first, Connect.connect("pub")), List.of(here), "before", BEFORE, 2);
            first.kill();
            redis.failOver(1);
            GatewayProcess second = cluster.gateway();
            publish(cluster.connect(second, Connect.connect("pub")), "away", AWAY, 2);
            RawClient there = cluster.connect(second, Connect.kept("c"));
            // The client waits for PUBREL, and takes a PUBLISH with such an identifier for one that it has.
            Set<Integer> half = new HashSet<>();
            while (half.size() < 40) {
                Packet next = nextPublish(there);
                there.send(Packets.ack(PacketType.PUBREC, next.packetId()));
                half.add(next.packetId());
            }
            second.kill();
            redis.server(0).kill();
            redis.server(0).restart();
            redis.leadTo(0);

            GatewayProcess third = cluster.gateway();
            publish(cluster.connect(third, Connect.connect("pub")), "after", AFTER, 2);
            RawClient back = cluster.connect(third, Connect.kept("c"));

            List<String> after = new ArrayList<>();
            while (after.size() < AFTER) {
                Packet next = nextPublish(back);
                assertThat(half).doesNotContain(next.packetId());
                if (next.text().startsWith("after")) {
                    after.add(next.text());
                }
                back.acknowledged(next);
            }
            assertThat(after).isEqualTo(texts("after", AFTER));
            back.expectAlive();
        }
    }

    /**
     * What a client had not acknowledged before held up all that came after, and a PUBCOMP for what stood behind it was taken for
     * that of no exchange: nothing more was delivered on that connection.
     */
    @Test
    void whatIsNotAcknowledgedHoldsUpNothingThatComesAfterALoss() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of("store.redis.url=" + redis.addressForGateways()))) {
            GatewayProcess gateway = cluster.gateway();
            RawClient client = cluster.connect(gateway, Connect.kept("c")).subscribed("t", 2);
            RawClient publisher = cluster.connect(gateway, Connect.connect("pub"));
            publish(publisher, "before", 2, 2);
            Packet untouched = client.expectPublish("before0");
            Packet half = client.expectPublish("before1");
            client.send(Packets.ack(PacketType.PUBREC, half.packetId()));
            client.expectAck(PacketType.PUBREL, half.packetId());
            redis.failOver(1);
            untilReady(gateway);
            publishAndTake(publisher, List.of(client), "away", 3, 1);
            publish(publisher, "half", 1, 2);
            Packet later = client.expectPublish("half0");
            client.send(Packets.ack(PacketType.PUBREC, later.packetId()));
            client.expectAck(PacketType.PUBREL, later.packetId());

            RawClient again = cluster.connect(gateway, Connect.kept("c"));
            assertThat(again.expectPublish("before0").packetId()).isEqualTo(untouched.packetId());
            for (Packet one : List.of(half, later)) {
                again.expectAck(PacketType.PUBREL, one.packetId());
                again.send(Packets.ack(PacketType.PUBCOMP, one.packetId()));
            }
            redis.leadTo(0);
            untilReady(gateway);
            publishAndTake(publisher, List.of(again), "after", 3, 1);
            again.acknowledged(untouched);
            publishAndTake(publisher, List.of(again), "last", 3, 2);
            again.expectAlive();
        }
    }

    /** Its messages stood where the session of a client at another gateway had been already, by the other server's count. */
    @Test
    void whatAGatewayTakesThatHasNotHeardOfTheOtherServerArrives() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of())) {
            GatewayProcess a = cluster.gateway("store.redis.url=" + redis.addressForGateways());
            GatewayProcess b =
                    cluster.gateway("store.redis.url=" + redis.server(0).addressForGateways());
            RawClient client = cluster.connect(a, Connect.kept("c")).subscribed("t", 1);
            RawClient here = cluster.connect(a, Connect.connect("here"));
            RawClient there = cluster.connect(b, Connect.connect("there"));
            publishAndTake(there, List.of(client), "before", 20, 1);
            redis.failOver(1);
            untilReady(a, b);
            publishAndTake(here, List.of(client), "away", 20, 1);
            publish(there, "unheard", 20, 1);
            redis.leadTo(0);
            untilReady(a, b);

            assertThat(take(client, 20)).isEqualTo(texts("unheard", 20));
            publishAndTake(there, List.of(client), "after", 20, 1);
            client.expectAlive();
        }
    }

    /**
     * A member that had ended its session on the other server was connected again for all gateways, and nobody would ever have
     * taken it offline: it was given its share of what came, for good.
     */
    @Test
    void aSharedMemberThatEndedOnTheOtherServerDoesNotKeepWhatOthersCanHave() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of("store.redis.url=" + redis.addressForGateways()))) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            RawClient observer = cluster.connect(b, Connect.connect("observer")).subscribed("will", 1);
            RawClient member = cluster.connect(b, Connect.kept("member")).subscribed("$share/g/t", 1);
            RawClient ending = cluster.connect(
                            a,
                            Connect.connect("ending")
                                    .will(Publish.publish("will", "gone"))
                                    .with(Prop.SESSION_EXPIRY_INTERVAL, 2))
                    .subscribed("$share/g/t", 1);
            RawClient publisher = cluster.connect(b, Connect.connect("pub"));
            redis.failOver(1);
            untilReady(a, b);
            ending.send(Packets.disconnect(0x00).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
            ending.expectClosed();
            redis.leadTo(0);
            untilReady(a, b);
            member.expectAlive();
            member.disconnect();

            publish(publisher, "after", AFTER, 1);
            RawClient back = cluster.connect(a, Connect.kept("member"));

            Set<String> taken = new HashSet<>();
            while (taken.size() < AFTER) {
                taken.add(back.take().text());
            }
            assertThat(taken).containsExactlyInAnyOrderElementsOf(texts("after", AFTER));
            observer.expectAlive(); // its client had said goodbye
        }
    }

    /**
     * The former master has messages that were released on the other server. Under the identifier of one of them the client has
     * brought another message there, and under that of the other one it does so now: each was taken for the old one when the
     * client came back and released it, and what had been acknowledged was lost.
     */
    @Test
    void aQos2MessageUnderAnIdentifierThatTheFormerMasterBringsBackIsNotTakenForTheOldOne() {
        RedisAddress redis = RedisAddress.start(2);
        try (Cluster cluster = Cluster.on(redis, List.of("store.redis.url=" + redis.addressForGateways()))) {
            GatewayProcess gateway = cluster.gateway();
            RawClient observer =
                    cluster.connect(gateway, Connect.connect("observer")).subscribed("t", 0);
            RawClient client = cluster.connect(gateway, Connect.kept("c"));
            hold(client, 1, "old");
            hold(client, 2, "stale");
            redis.failOver(1);
            untilReady(gateway);
            release(client, 1);
            release(client, 2);
            observer.expectPublish("old");
            observer.expectPublish("stale");
            hold(client, 1, "new");
            redis.leadTo(0);
            untilReady(gateway);
            hold(client, 2, "fresh");
            client.vanish();

            RawClient back = cluster.connect(gateway, Connect.kept("c"));
            release(back, 1);
            release(back, 2);
            observer.expectPublish("new");
            observer.expectPublish("fresh");
            observer.expectAlive();
        }
    }

    private static void hold(RawClient client, int packetId, String text) {
        client.send(Publish.publish("t", text).qos(2).packetId(packetId));
        client.expectAck(PacketType.PUBREC, packetId);
    }

    private static void release(RawClient client, int packetId) {
        client.send(Packets.ack(PacketType.PUBREL, packetId));
        client.expectAck(PacketType.PUBCOMP, packetId);
    }

    /** The next message; before it the exchange is ended of the last one that had come, if its end was not stored. */
    private static Packet nextPublish(RawClient client) {
        Packet next = client.expectAny();
        while (next.type() == PacketType.PUBREL) {
            client.send(Packets.ack(PacketType.PUBCOMP, next.packetId()));
            next = client.expectAny();
        }
        assertThat(next.type()).isEqualTo(PacketType.PUBLISH);
        return next;
    }

    private static void untilReady(GatewayProcess... gateways) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Stream.of(gateways).allMatch(each -> new Dashboard(each).seesReady()));
    }

    private static void publishAndTake(RawClient publisher, List<RawClient> live, String word, int count, int qos) {
        publish(publisher, word, count, qos);
        live.forEach(each -> assertThat(take(each, count)).isEqualTo(texts(word, count)));
    }

    private static void publish(RawClient publisher, String word, int count, int qos) {
        for (int i = 0; i < count; i++) {
            publisher.published(Publish.publish("t", word + i).qos(qos), 1 + i);
        }
    }

    /** The next new messages, which it acknowledges; those that come again are left out. */
    private static List<String> take(RawClient client, int count) {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            Packet next = client.take();
            if (!next.isDup()) {
                texts.add(next.text());
            }
        }
        return texts;
    }

    private static List<String> texts(String word, int count) {
        return IntStream.range(0, count).mapToObj(i -> word + i).toList();
    }
}
