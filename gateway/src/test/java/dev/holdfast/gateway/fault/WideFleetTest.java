// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisProcess;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 20,000 persistent sessions subscribe to one filter, two thirds of them are away, and three gateways are killed in turn while one
 * publisher goes on: nothing is lost, nothing at QoS 2 comes twice, and each gets all in order.
 */
@Tag("long")
final class WideFleetTest {
    private static final String NEWS = "news/#";
    private static final int SESSIONS = 20_000;
    private static final int WIDE_FROM = 1_000;
    private static final int GATEWAYS = 3;
    private static final int A_ROUND = 20;
    private static final int ALL = GATEWAYS * A_ROUND;
    private static final int THREADS = 8;

    private final List<GatewayProcess> gateways = new ArrayList<>();

    /** A client that goes by the specification, over all its connections. One thread at a time. */
    private static final class Reader {
        private final String clientId;
        private final int qos;
        private final BitSet got = new BitSet();
        private final Map<Integer, Integer> unreleased = new HashMap<>();
        private final List<String> problems = new ArrayList<>();
        private @Nullable RawClient line;
        /** The place of its gateway. */
        private int at;

        private int last;

        Reader(String clientId, int qos) {
            this.clientId = clientId;
            this.qos = qos;
        }

        RawClient line() {
            if (line == null) {
                throw new IllegalStateException(clientId + " is away");
            }
            return line;
        }

        void take(Packet packet) {
            if (packet.type() == PacketType.PUBREL) {
                unreleased.remove(packet.packetId());
                line().send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
                return;
            }
            if (packet.type() != PacketType.PUBLISH) {
                problems.add("an unexpected " + packet);
                return;
            }
            int number = Integer.parseInt(packet.text());
            if (packet.qos() == 2) {
                if (unreleased.put(packet.packetId(), number) == null) {
                    first(number, false);
                }
                line().send(Packets.ack(PacketType.PUBREC, packet.packetId()));
            } else {
                first(number, packet.isDup());
                line().send(Packets.ack(PacketType.PUBACK, packet.packetId()));
            }
        }

        private void first(int number, boolean mayBeAgain) {
            if (got.get(number)) {
                if (!mayBeAgain) {
                    problems.add(number + " came twice");
                }
                return;
            }
            if (number != last + 1) {
                problems.add(number + " came behind " + last);
            }
            got.set(number);
            last = number;
        }

        /** Takes what comes until it has this number, and has finished all exchanges. */
        void takeUntil(int number) {
            while (last < number || !unreleased.isEmpty()) {
                take(line().expectAny());
            }
        }
    }

    @Test
    void twentyThousandSessionsGetEachMessageInOrderThoughEveryGatewayIsKilled() {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Cluster cluster =
                Cluster.on(RedisProcess.start("--appendonly", "yes"), "session.wide-filter-from=" + WIDE_FROM)) {
            for (int i = 0; i < GATEWAYS; i++) {
                gateways.add(cluster.gateway());
            }
            List<Reader> all = IntStream.range(0, SESSIONS)
                    .mapToObj(i -> new Reader("r" + i, 1 + i % 2))
                    .toList();
            List<Reader> online = all.subList(0, SESSIONS / 3);
            List<Reader> away = all.subList(SESSIONS / 3, SESSIONS);
            together(threads, online, this::subscribe);
            together(threads, away, reader -> {
                subscribe(reader);
                reader.line().disconnect();
            });

            for (int round = 0; round < GATEWAYS; round++) {
                publishWhileItDies(cluster, round);
                int victim = round;
                gateways.set(victim, cluster.gateway());
                int upTo = (round + 1) * A_ROUND;
                together(threads, online, reader -> {
                    if (reader.at == victim) {
                        comeBack(reader, (victim + 1 + reader.last % 2) % GATEWAYS);
                    }
                    reader.takeUntil(upTo);
                });
            }
            together(threads, away, reader -> {
                comeBack(reader, Math.floorMod(reader.clientId.hashCode(), GATEWAYS));
                reader.takeUntil(ALL);
                reader.line().disconnect();
            });
            together(threads, online, reader -> {
                reader.line().expectAlive();
                reader.line().disconnect();
            });

            assertThat(all).allSatisfy(reader -> {
                assertThat(reader.problems).as(reader.clientId).isEmpty();
                assertThat(reader.got.cardinality()).as(reader.clientId).isEqualTo(ALL);
            });
            assertThat(cluster.redis().command("XLEN", "hf:a{" + NEWS + "}").strip())
                    .as("messages in the log")
                    .isEqualTo(Integer.toString(ALL));
        } finally {
            threads.shutdownNow();
        }
    }

    /** Does something with each reader, several at a time. */
    private static void together(ExecutorService threads, List<Reader> readers, Consumer<Reader> what) {
        CompletableFuture<?>[] parts = IntStream.range(0, THREADS)
                .mapToObj(part -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = part; i < readers.size(); i += THREADS) {
                                what.accept(readers.get(i));
                            }
                        },
                        threads))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(parts).join();
    }

    private void subscribe(Reader reader) {
        reader.at = Math.floorMod(reader.clientId.hashCode(), GATEWAYS);
        reader.line = new RawClient(TcpChannel.open(gateways.get(reader.at).tcpPort()), Version.V5);
        reader.line().connected(Connect.kept(reader.clientId)).subscribed(NEWS, reader.qos);
    }

    private void comeBack(Reader reader, int place) {
        reader.line().close();
        reader.at = place;
        reader.line = new RawClient(TcpChannel.open(gateways.get(place).tcpPort()), Version.V5);
        reader.line().connected(Connect.kept(reader.clientId));
        if (!reader.line().connack().isSessionPresent()) {
            reader.problems.add("its session has gone");
        }
    }

    /** One gateway is killed in the middle of a round, at another one than the publisher's. */
    private void publishWhileItDies(Cluster cluster, int victim) {
        CompletableFuture<?> killed = CompletableFuture.completedFuture(null);
        try (RawClient publisher =
                cluster.connect(gateways.get((victim + 1) % GATEWAYS), Connect.connect("publisher"))) {
            for (int i = 1; i <= A_ROUND; i++) {
                int number = victim * A_ROUND + i;
                if (i == A_ROUND / 2) {
                    killed = CompletableFuture.runAsync(gateways.get(victim)::kill);
                }
                publisher.published(
                        Publish.publish("news/today", Integer.toString(number)).qos(1 + number % 2), number);
            }
        }
        killed.join();
    }
}
