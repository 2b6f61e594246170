// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import dev.holdfast.store.redis.RedisProcess;
import dev.holdfast.store.redis.RedisUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis is away, or refuses, and comes back: who is connected stays, waits, and loses nothing. */
final class StoreOutageTest {
    private static final int SERVER_UNAVAILABLE = 0x88;
    /** On any machine, however busy. */
    private static final Duration IN_TIME = Duration.ofSeconds(30);

    private static Cluster cluster;
    private static GatewayProcess gateway;
    private static Dashboard dashboard;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(
                "log.format=json",
                "session.max-queue-messages=10000",
                "session.max-queue-bytes=256MiB",
                "limits.max-packet-size=256KiB");
        gateway = cluster.gateway();
        dashboard = new Dashboard(gateway);
    }

    @AfterEach
    void bringBack() {
        if (!cluster.redis().isAlive()) {
            cluster.redis().restart();
        }
        await().atMost(IN_TIME).until(dashboard::seesReady);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** Ways in which Redis does not do what it is asked. */
    enum Fault {
        USER_OFF("wrongpass", "does not take the user name or the password, or the user is disabled (WRONGPASS)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "off");
                redis.command("CLIENT", "KILL", "USER", RedisUser.NAME);
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "on");
            }
        },
        OTHER_PASSWORD(
                "wrongpass", "does not take the user name or the password, or the user is disabled (WRONGPASS)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "resetpass", ">another");
                redis.command("CLIENT", "KILL", "USER", RedisUser.NAME);
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "resetpass", ">" + RedisUser.PASSWORD);
            }
        },
        SCRIPTS_DENIED("noperm", "denies its user a right (NOPERM)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "-evalsha", "-eval");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "+evalsha", "+eval");
            }
        },
        COMMAND_IN_SCRIPTS_DENIED("noperm", "denies its user a right (NOPERM)", false) {
            @Override
            void begin(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "-rpush", "-hset", "-hsetnx");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "+rpush", "+hset", "+hsetnx");
            }
        },
        KEYS_DENIED("noperm", "denies its user a right (NOPERM)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "resetkeys");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("ACL", "SETUSER", RedisUser.NAME, "~hf:*");
            }
        },
        REPLICA("readonly", "is a replica (READONLY)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("REPLICAOF", "127.0.0.1", "1");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("REPLICAOF", "NO", "ONE");
            }
        },
        STOPPED("timeout", "has not answered") {
            @Override
            void begin(RedisProcess redis) {
                redis.pause();
            }

            @Override
            void end(RedisProcess redis) {
                redis.resume();
            }
        },
        CLIENTS_PAUSED("timeout", "has not answered") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("CLIENT", "PAUSE", "60000", "WRITE");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("CLIENT", "UNPAUSE");
            }
        },
        OUT_OF_MEMORY("oom", "takes no more: its memory is full (OOM, maxmemory)") {
            @Override
            void begin(RedisProcess redis) {
                redis.command("CONFIG", "SET", "maxmemory", "1");
            }

            @Override
            void end(RedisProcess redis) {
                redis.command("CONFIG", "SET", "maxmemory", "0");
            }
        },
        CANNOT_SAVE("misconf", "takes nothing more since it cannot save what it has (MISCONF)") {
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

        private final String kind;
        private final String said;

        private final boolean stopsAll;

        Fault(String kind, String said) {
            this(kind, said, true);
        }

        /** {@code stopsAll}: not only some of what a gateway asks of Redis is not done. */
        Fault(String kind, String said, boolean stopsAll) {
            this.kind = kind;
            this.said = said;
            this.stopsAll = stopsAll;
        }

        /** Whether Redis answers, and says no. */
        private boolean isRefusal() {
            return !kind.equals("timeout");
        }

        private String failures() {
            return "mqtt_gateway_redis_failures_total{kind=\"" + kind + "\"}";
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

        double failuresBefore = dashboard.metric(fault.failures());
        fault.begin(cluster.redis());
        try {
            publisher.send(
                    Publish.publish(id, "once").exactlyOnce(2),
                    Publish.publish(id, "at least once").atLeastOnce(3),
                    Packets.PINGREQ);
            // The PINGRESP comes, and no acknowledgement before it or after it.
            publisher.expect(PacketType.PINGRESP);
            if (fault.stopsAll) {
                await().atMost(IN_TIME).until(() -> !dashboard.seesReady());
            }
            await().atMost(IN_TIME)
                    .untilAsserted(() -> assertThat(dashboard.readiness()).contains(fault.said));
            assertThat(dashboard.seesReady()).isNotEqualTo(fault.stopsAll);
            await().atMost(IN_TIME).until(() -> dashboard.metric(fault.failures()) > failuresBefore);
            if (fault.isRefusal()) {
                await().until(() -> warnings(fault.kind).anyMatch(words -> words.contains(fault.said)));
            }
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
        await().atMost(IN_TIME).until(dashboard::seesReady);
        assertThat(log()).allMatch(line -> line.get("logger").asText().startsWith("dev.holdfast."));
    }

    /** A script that is denied a command in its middle has done what stands before it, and is called again. */
    @ParameterizedTest
    @ValueSource(strings = {"hset", "rpush"})
    void aMessageIsKeptOnceAndInItsOrderThoughARightIsTakenAwayThatItsScriptNeeds(String command) {
        RawClient subscriber = cluster.connect(gateway, Connect.kept(command)).subscribed(command, 1);
        RawClient publisher = cluster.connect(gateway, Connect.kept("pub-" + command));
        double before = dashboard.metric(Fault.KEYS_DENIED.failures());

        cluster.redis().command("ACL", "SETUSER", RedisUser.NAME, "-" + command);
        try {
            for (int i = 1; i <= 5; i++) {
                publisher.send(Publish.publish(command, "m" + i).atLeastOnce(i));
            }
            await().until(() -> dashboard.metric(Fault.KEYS_DENIED.failures()) > before);
            assertThat(dashboard.readiness()).contains("noperm", "denies its user a right (NOPERM): ");
        } finally {
            cluster.redis().command("ACL", "SETUSER", RedisUser.NAME, "+" + command);
        }

        for (int i = 1; i <= 5; i++) {
            publisher.expectAck(PacketType.PUBACK, i);
            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
        publisher.published(Publish.publish(command, "after").qos(1), 6);
        assertThat(subscriber.take().text()).isEqualTo("after");
        subscriber.close();
        cluster.connect(gateway, Connect.kept(command)).expectAlive(); // and nothing comes again
    }

    @Test
    void aRefusalIsToldOnceWithItsCauseAndOnceWhenItIsOver() {
        cluster.redis().command("CONFIG", "SET", "min-replicas-to-write", "1");
        try {
            await().until(() -> warnings("noreplicas").findAny().isPresent());
            double failures = dashboard.metric("mqtt_gateway_redis_failures_total{kind=\"noreplicas\"}");
            await().until(() ->
                    dashboard.metric("mqtt_gateway_redis_failures_total{kind=\"noreplicas\"}") > failures + 10);
            assertThat(warnings("noreplicas"))
                    .singleElement()
                    .asString()
                    .contains("has too few replicas to take anything (NOREPLICAS, min-replicas-to-write)");
            assertThat(told("INFO", "noreplicas")).isEmpty();
        } finally {
            cluster.redis().command("CONFIG", "SET", "min-replicas-to-write", "0");
        }

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(told("INFO", "noreplicas")).hasSize(1));
        assertThat(warnings("noreplicas")).hasSize(1);
    }

    /** What has been said of a kind of refusal. */
    private static Stream<String> warnings(String kind) {
        return told("WARN", kind);
    }

    private static Stream<String> told(String level, String kind) {
        return log().stream()
                .filter(line -> line.get("level").asText().equals(level)
                        && line.path("kind").asText().equals(kind))
                .map(line -> line.get("message").asText());
    }

    private static List<JsonNode> log() {
        try {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : Files.readAllLines(gateway.log())) {
                lines.add(new ObjectMapper().readTree(line));
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        await().atMost(IN_TIME).until(() -> !dashboard.seesReady());
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
        await().atMost(IN_TIME).until(dashboard::seesReady);
        other.expectAlive();
        subscriber.expectAlive();
        clean.expectAlive();
        assertThat(dashboard.metric("mqtt_gateway_sessions_lost_total")).isZero();
        publisher.close();
    }
}
