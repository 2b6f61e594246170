// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.store.redis.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis is away, or refuses, and comes back: who is connected stays, waits, and loses nothing. */
final class StoreOutageTest {
    private static final int SERVER_UNAVAILABLE = 0x88;

    private static Cluster cluster;
    private static GatewayProcess gateway;
    private static Dashboard dashboard;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(
                "session.max-queue-messages=10000", "session.max-queue-bytes=256MiB", "limits.max-packet-size=256KiB");
        gateway = cluster.gateway();
        dashboard = new Dashboard(gateway);
    }

    @AfterEach
    void bringBack() {
        if (!cluster.redis().isAlive()) {
            cluster.redis().restart();
        }
        await().atMost(Duration.ofSeconds(20)).until(dashboard::seesReady);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** Ways in which Redis does not do what it is asked. */
    enum Fault {
        STOPPED("Redis has not answered") {
            @Override
            void begin(RedisProcess redis) {
                redis.pause();
            }

            @Override
            void end(RedisProcess redis) {
                redis.resume();
            }
        },
        CLIENTS_PAUSED("Redis has not answered") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("CLIENT", "PAUSE", "60000", "WRITE");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("CLIENT", "UNPAUSE");
            }
        },
        OUT_OF_MEMORY("oom") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("CONFIG", "SET", "maxmemory", "1");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("CONFIG", "SET", "maxmemory", "0");
            }
        },
        CANNOT_SAVE("misconf") {
            @Override
            void begin(RedisProcess redis) {
                // A snapshot cannot be written over a directory.
                try {
                    Files.createDirectories(
                            redis.directory().resolve("dump.rdb").resolve("not-empty"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                redis.command("CONFIG", "SET", "save", "3600 1000000");
                redis.command("BGSAVE");
                await().until(() -> redis.command("INFO", "persistence").contains("rdb_last_bgsave_status:err"));
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("CONFIG", "SET", "save", "");
            }
        };

        private final String said;

        Fault(String said) {
            this.said = said;
        }

        abstract void begin(RedisProcess redis);

        abstract void end(RedisProcess redis);
    }

    @ParameterizedTest
    @EnumSource
    void whileRedisDoesNotTakeWritesNothingIsAcknowledgedAndAfterwardsEverything(Fault fault) {
        String id = fault.name();
        RawClient subscriber = cluster.connect(gateway, Connect.kept(id)).subscribed(id, 2);
        RawClient publisher = cluster.connect(gateway, Connect.kept("pub-" + id));
        publisher.published(Publish.publish(id, "before").qos(1), 1);
        assertThat(subscriber.take().text()).isEqualTo("before");

        fault.begin(cluster.redis());
        try {
            publisher.send(
                    Publish.publish(id, "once").exactlyOnce(2),
                    Publish.publish(id, "at least once").atLeastOnce(3),
                    Packets.PINGREQ);
            // The PINGRESP comes, and no acknowledgement before it or after it.
            publisher.expect(PacketType.PINGRESP);
            await().atMost(Duration.ofSeconds(2)).until(() -> !dashboard.seesReady());
            await().atMost(Duration.ofSeconds(3))
                    .untilAsserted(() -> assertThat(dashboard.readiness()).contains(fault.said));
            publisher.expectAlive();
        } finally {
            fault.end(cluster.redis());
        }

        publisher.expectAck(PacketType.PUBREC, 2);
        publisher.expectAck(PacketType.PUBACK, 3);
        publisher.send(Packets.ack(PacketType.PUBREL, 2)).expectAck(PacketType.PUBCOMP, 2);
        List<String> taken = List.of(subscriber.take().text(), subscriber.take().text());
        assertThat(taken).containsExactlyInAnyOrder("once", "at least once");
        subscriber.expectAlive();
        await().atMost(Duration.ofSeconds(5)).until(dashboard::seesReady);
    }

    @Test
    void anOutageLongerThanAnyPatienceClosesNobodyAndPushesBackOnPublishers() throws Exception {
        int count = 500;
        byte[] payload = new byte[100 * 1024];
        RawClient subscriber = cluster.connect(gateway, Connect.kept("long")).subscribed("long/#", 1);
        RawClient publisher = new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V3_1_1);
        publisher.connected(Connect.connect("long-pub"));
        RawClient clean =
                cluster.connect(gateway, Connect.connect("long-clean")).subscribed("local/#", 1);
        RawClient other = cluster.connect(gateway, Connect.kept("long-other"));

        cluster.redis().kill();
        long killedAt = System.nanoTime();
        AtomicInteger written = new AtomicInteger();
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < count; i++) {
                payload[0] = (byte) i;
                publisher.send(new Publish("long/t", payload).qos(1).packetId(i + 1));
                written.incrementAndGet();
            }
        });
        await().atMost(Duration.ofSeconds(2)).until(() -> !dashboard.seesReady());
        cluster.open(gateway).send(Connect.kept("long-new")).expectRefused(0x03, SERVER_UNAVAILABLE);
        cluster.open(gateway).send(Connect.connect("long-new")).expectRefused(0x03, SERVER_UNAVAILABLE);
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    clean.published(Publish.publish("local/t", "flows").qos(1), 1);
                    assertThat(clean.take().text()).isEqualTo("flows");
                    other.expectAlive();
                    return System.nanoTime() - killedAt > TimeUnit.SECONDS.toNanos(17);
                });
        assertThat(written).hasValueLessThan(count);
        assertThat(dashboard.metric("mqtt_gateway_redis_waiting")).isPositive();
        cluster.redis().restart();

        for (int i = 0; i < count; i++) {
            publisher.expectAck(PacketType.PUBACK, i + 1);
            assertThat(subscriber.take().payload()[0]).isEqualTo((byte) i);
        }
        writing.get(1, TimeUnit.SECONDS);
        await().atMost(Duration.ofSeconds(5)).until(dashboard::seesReady);
        other.expectAlive();
        subscriber.expectAlive();
        clean.expectAlive();
        assertThat(dashboard.metric("mqtt_gateway_sessions_lost_total")).isZero();
        publisher.close();
    }
}
