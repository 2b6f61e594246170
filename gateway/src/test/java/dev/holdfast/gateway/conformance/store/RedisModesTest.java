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
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway starts on every way in which Redis is run, and a kept session works on it. */
final class RedisModesTest {
    @Test
    void anAclUserWithADatabaseAndAPrefixOfItsOwn() {
        RedisProcess redis = RedisProcess.start();
        redis.command("ACL", "SETUSER", "gateway", "on", ">secret", "~abc:*", "&abc:*", "+@all");
        redis.command("ACL", "SETUSER", "default", "resetpass", ">other");
        List<String> settings = List.of(
                "store.redis.url=redis://gateway:secret@127.0.0.1:" + redis.port() + "/3", "store.redis.prefix=abc");
        try (Cluster cluster = Cluster.on(redis, settings)) {
            GatewayProcess gateway = cluster.gateway();
            assertAKeptSessionWorks(cluster, gateway, gateway);
            assertThat(new Dashboard(gateway).logged("secret")).isZero();
        }
    }

    @Test
    void tlsWithAnAuthorityOfItsOwn(@TempDir Path directory) throws Exception {
        Certificates certificates = Certificates.of("RSA", "localhost");
        Path certificate = directory.resolve("redis.pem");
        Path key = directory.resolve("redis.key");
        Path trust = directory.resolve("trust.p12");
        certificates.writeCertificate(certificate);
        certificates.writeKey(key);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("redis", certificates.certificate());
        try (OutputStream out = Files.newOutputStream(trust)) {
            store.store(out, "changeit".toCharArray());
        }
        String tlsPort = Integer.toString(RedisProcess.freePort());
        RedisProcess redis = RedisProcess.start(
                "--tls-port",
                tlsPort,
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                key.toString(),
                "--tls-auth-clients",
                "no");
        List<String> settings = List.of(
                "store.redis.url=rediss://localhost:" + tlsPort,
                "store.redis.trust-store=" + trust,
                "store.redis.trust-store-password=changeit");
        try (Cluster cluster = Cluster.on(redis, settings)) {
            GatewayProcess gateway = cluster.gateway();
            assertAKeptSessionWorks(cluster, gateway, gateway);
            // What gateways tell each other is not to be less secret than what they tell Redis.
            assertThat(gateway.ready()).doesNotContain("links");
            assertThat(cluster.gateway("cluster.links=on").ready()).contains(" links tcp://127.0.0.1:");
        }
    }

    @Test
    void aReplicaThatStandsStillHoldsUpTheAcknowledgementAndNothingElse() {
        RedisProcess master = RedisProcess.start();
        RedisProcess replica = RedisProcess.start("--replicaof", "127.0.0.1 " + master.port());
        AutoCloseable both = () -> {
            replica.close();
            master.close();
        };
        await().until(() -> replica.command("INFO", "replication").contains("master_link_status:up"));
        List<String> settings = List.of("store.redis.url=" + master.address(), "store.redis.replicas=1");
        try (Cluster cluster = Cluster.on(both, settings)) {
            GatewayProcess gateway = cluster.gateway();
            assertAKeptSessionWorks(cluster, gateway, gateway);
            RawClient publisher = cluster.connect(gateway, Connect.kept("wait-pub"));
            cluster.connect(gateway, Connect.kept("wait")).subscribed("wait", 2).disconnect();

            replica.pause();
            publisher.send(
                    Publish.publish("wait", "once").exactlyOnce(1),
                    Publish.publish("wait", "at least once").atLeastOnce(2),
                    Packets.PINGREQ);
            publisher.expect(PacketType.PINGRESP);
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            publisher.expectAlive();
            replica.resume();

            publisher.expectAck(PacketType.PUBREC, 1);
            publisher.expectAck(PacketType.PUBACK, 2);
            publisher.published(Publish.publish("wait", "last").qos(1), 3);
            RawClient back = cluster.connect(gateway, Connect.kept("wait"));
            assertThat(back.take().text()).isEqualTo("at least once");
            assertThat(back.take().text()).isEqualTo("last");
            back.expectAlive();
        }
    }

    @Test
    void aClusterWhoseSlotsMoveAndWhoseMasterDiesUnderLoad() throws Exception {
        int count = 3_000;
        RedisCluster nodes = RedisCluster.start();
        try (Cluster cluster = Cluster.on(nodes, "session.max-queue-messages=10000", "session.max-queue-bytes=64MiB")) {
            GatewayProcess a = cluster.gateway();
            GatewayProcess b = cluster.gateway();
            assertAKeptSessionWorks(cluster, a, b);
            RawClient online = cluster.connect(a, Connect.kept("online")).subscribed("load", 1);
            cluster.connect(a, Connect.kept("offline")).subscribed("load", 1).disconnect();
            RawClient publisher = new RawClient(TcpChannel.open(b.tcpPort()), Version.V3_1_1);
            publisher.connected(Connect.connect("load"));
            CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < count; i += 10) {
                    for (int n = i; n < i + 10; n++) {
                        publisher.send(Publish.publish("load", Integer.toString(n))
                                .qos(1)
                                .packetId(n + 1));
                    }
                    for (int n = i; n < i + 10; n++) {
                        publisher.expectAck(PacketType.PUBACK, n + 1);
                    }
                }
            });
            CompletableFuture<Void> receiving = CompletableFuture.runAsync(() -> assertNumbers(online, count));

            for (String client : List.of("online", "offline")) {
                String key = RedisCluster.sessionKey(client);
                nodes.migrate(
                        client,
                        List.of(key, key + "q", key + "i", key + "d", key + "w", key + "r"),
                        () -> await().pollDelay(Duration.ofMillis(100)).until(() -> true));
            }
            assertThat(publishing).isNotDone();
            nodes.masters().get(0).kill();

            publishing.get(40, TimeUnit.SECONDS);
            receiving.get(20, TimeUnit.SECONDS);
            assertNumbers(cluster.connect(b, Connect.kept("offline")), count);
            assertThat(new Dashboard(a).metric("mqtt_gateway_sessions_lost_total"))
                    .isZero();
            publisher.close();
        }
    }

    private static void assertNumbers(RawClient subscriber, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(subscriber.take().text()).isEqualTo(Integer.toString(i));
        }
    }

    private static void assertAKeptSessionWorks(Cluster cluster, GatewayProcess here, GatewayProcess there) {
        cluster.connect(here, Connect.kept("mode")).subscribed("mode", 1).disconnect();
        cluster.connect(there, Connect.connect("mode-pub"))
                .published(Publish.publish("mode", "queued").qos(1), 1);
        RawClient back = cluster.connect(there, Connect.kept("mode"));
        assertThat(back.connack().isSessionPresent()).isTrue();
        assertThat(back.take().text()).isEqualTo("queued");
    }
}
