// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Redis Cluster without replicas loses one of its three masters. Whatever of the gateways lay there, sessions on the
 * two others go on; once a third of all gateways refused every CONNECT, and one client of the lost part held up the rest.
 */
final class RedisPartAwayTest {
    private static final int SERVER_UNAVAILABLE = 0x88;
    /** Enough for each index shard, and each lane, to have some. */
    private static final int CLIENTS = 24;
    /** Which master has the leases of the gateways, and the revocations. */
    private static final int LEASES = RedisCluster.masterOf("g");

    private final RedisCluster redis = RedisCluster.startWithoutReplicas();
    private final Cluster cluster = Cluster.on(redis);

    @AfterEach
    void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void clientsOfTheMastersThatAreThereConnectSubscribeAndAreReached(int victim) {
        GatewayProcess a = cluster.gateway();
        GatewayProcess b = cluster.gateway();
        RawClient lost = cluster.connect(a, Connect.kept(on(victim, "lost"))).subscribed("lost", 1);
        List<String> names = IntStream.range(0, CLIENTS)
                .mapToObj(i -> on((victim + 1 + i % 2) % 3, "client" + i))
                .toList();
        names.subList(0, CLIENTS / 2)
                .forEach(name -> cluster.connect(a, Connect.kept(name))
                        .subscribed(name, 2)
                        .disconnect());
        RawClient stuck = cluster.connect(b, Connect.connect(on((victim + 1) % 3, "stuck")));
        RedisProcess gone = redis.nodes().get(victim);

        gone.pause();
        String retained = named("retained", topic -> RedisCluster.masterOfRetained(topic) == victim);
        stuck.send(
                Publish.publish("lost", "later").atLeastOnce(1),
                Publish.publish(retained, "later").retained().atLeastOnce(2),
                Packets.PINGREQ);
        stuck.expect(PacketType.PINGRESP);
        awaitDegraded(a);
        awaitDegraded(b);

        assertAllAreReached(names, a, b);
        assertAllAreReached(names, b, a);
        await().untilAsserted(() ->
                assertThat(new Dashboard(a).logged("a part of Redis is away")).isEqualTo(1));

        gone.resume();
        stuck.expectAck(PacketType.PUBACK, 1);
        stuck.expectAck(PacketType.PUBACK, 2);
        stuck.subscribed(retained, 1);
        assertThat(stuck.take().text()).isEqualTo("later");
        assertThat(lost.take().text()).isEqualTo("later");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !new Dashboard(a).readiness().contains("degraded"));
        cluster.connect(b, Connect.connect(on(victim, "back")));
    }

    /**
     * It once ended with the name of a setting that only a library has. What it needs for itself lies on what is served,
     * by Redis as well as by links.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aGatewayThatStartsMeanwhileServesAndIsServedByTheOthers(int victim) {
        String[] byRedis = {"cluster.links=off"};
        GatewayProcess a = cluster.gateway(byRedis);
        String away = on(1, "away");
        cluster.connect(a, Connect.kept(away)).subscribed("queued", 1).disconnect();
        RawClient clean = cluster.connect(a, Connect.connect(on(1, "clean"))).subscribed("passed/on", 1);
        String parked = on(victim, "parked");
        cluster.connect(a, Connect.kept(parked)).subscribed("parked", 1).disconnect();

        redis.nodes().get(victim).pause();
        awaitDegraded(a);
        GatewayProcess b = cluster.gateway(byRedis);
        awaitDegraded(b);

        RawClient publisher = cluster.connect(b, Connect.connect(on(1, "pub")));
        publisher.published(Publish.publish("queued", "by b").qos(1), 1);
        publisher.published(Publish.publish("passed/on", "by b").qos(1), 2);
        assertThat(clean.take().text()).isEqualTo("by b");
        RawClient there =
                cluster.connect(b, Connect.connect(on(2 - victim, "there"))).subscribed("back", 1);
        clean.published(Publish.publish("back", "by a").qos(1), 1);
        assertThat(there.take().text()).isEqualTo("by a");
        RawClient moved = cluster.connect(b, Connect.kept(away));
        assertThat(moved.connack().isSessionPresent()).isTrue();
        assertThat(moved.take().text()).isEqualTo("by b");
        cluster.connect(a, Connect.kept(away));
        moved.expectDisconnected(0x8E);

        // It knows by the others whom it cannot ask for: nothing for them is acknowledged before they have it.
        publisher.send(Publish.publish("parked", "by b").atLeastOnce(3), Packets.PINGREQ);
        publisher.expect(PacketType.PINGRESP);
        redis.nodes().get(victim).resume();
        publisher.expectAck(PacketType.PUBACK, 3);
        assertThat(cluster.connect(b, Connect.kept(parked)).take().text()).isEqualTo("by b");
    }

    /** Who lives, and whose token has been revoked, is known by one slot each: without it nobody is let in blindly. */
    @Test
    void aGatewayThatStartsWithoutThePartThatHasTheLeasesWaitsForIt() {
        GatewayProcess a = cluster.gateway();
        RedisProcess leases = redis.nodes().get(LEASES);
        leases.pause();
        awaitDegraded(a);

        CompletableFuture<GatewayProcess> starting = CompletableFuture.supplyAsync(cluster::gateway);
        cluster.connect(a, Connect.kept(on(0, "meanwhile"))).subscribed("t", 1).published(publish("t"), 1);
        cluster.open(a).send(Connect.connect(on(LEASES, "refused"))).expectRefused(0x03, SERVER_UNAVAILABLE);
        assertThat(starting).isNotDone();

        leases.resume();
        GatewayProcess b = starting.join();
        cluster.connect(b, Connect.kept(on(LEASES, "afterwards")));
    }

    private static Publish publish(String topic) {
        return Publish.publish(topic, "to " + topic).qos(1);
    }

    /** Each kept or clean, connects at one gateway, subscribes, and is sent a message through the other one. */
    private void assertAllAreReached(List<String> names, GatewayProcess here, GatewayProcess there) {
        List<RawClient> clients = new ArrayList<>();
        RawClient publisher = cluster.connect(there, Connect.connect(on(RedisCluster.masterOf(names.get(0)), "pub")));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            RawClient client = cluster.connect(here, i < names.size() / 2 ? Connect.kept(name) : Connect.connect(name));
            assertThat(client.connack().isSessionPresent()).isEqualTo(i < names.size() / 2);
            clients.add(client.subscribed(name, 1));
        }
        for (int i = 0; i < names.size(); i++) {
            publisher.published(Publish.publish(names.get(i), "to " + i).qos(1), i + 1);
            assertThat(clients.get(i).take().text()).isEqualTo("to " + i);
        }
        clients.forEach(RawClient::disconnect);
        publisher.disconnect();
    }

    private static void awaitDegraded(GatewayProcess gateway) {
        Dashboard dashboard = new Dashboard(gateway);
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(dashboard.readiness())
                        .contains("\"ready\":true")
                        .contains("degraded"));
    }

    /** A name that begins so and whose session lies on a master. */
    private static String on(int master, String prefix) {
        return named(prefix, name -> RedisCluster.masterOf(name) == master);
    }

    private static String named(String prefix, Predicate<String> condition) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> prefix + "-" + i)
                .filter(condition)
                .findFirst()
                .orElseThrow();
    }
}
