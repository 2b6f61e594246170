// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.will;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Takeover, its will, then CONNACK: what the will says of a device never comes after what the device says of itself. A retained
 * "offline" came after the "online" of the connection that had displaced it, and the device stayed offline though it was connected.
 */
final class TakeoverWillTest {
    private static final int ROUNDS = 15;

    /** Takes over again and again, and says at once that it is there; answers what the watchers saw last, and what is retained. */
    private static void expectOnlineLast(
            List<? extends TestGateway> gateways, boolean isKept, int qos, String name, RawClient... watchers) {
        RawClient before = null;
        for (int i = 0; i < ROUNDS; i++) {
            TestGateway gateway = gateways.get(i % gateways.size());
            RawClient client = new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5);
            Connect asked = (isKept ? kept(name) : connect(name))
                    .will(publish(name, "offline " + i).qos(qos).retained());

            client.send(asked);
            assertThat(client.expect(PacketType.CONNACK).reason()).isZero();
            client.send(publish(name, "online " + i).qos(qos).retained().packetId(qos == 0 ? 0 : 1));
            if (qos > 0) {
                client.expect(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC);
                if (qos == 2) {
                    client.send(Packets.ack(PacketType.PUBREL, 1));
                    client.expect(PacketType.PUBCOMP);
                }
            }

            for (RawClient watcher : watchers) {
                List<String> seen = new ArrayList<>();
                while (!seen.contains("online " + i) || (i > 0 && !seen.contains("offline " + (i - 1)))) {
                    seen.add(watcher.take().text());
                }
                assertThat(seen.get(seen.size() - 1)).as("all of %s", seen).isEqualTo("online " + i);
            }
            if (before != null) {
                before.close();
            }
            before = client;
        }
        RawClient late = new RawClient(TcpChannel.open(gateways.get(0).tcpPort()), Version.V5)
                .connected(connect(name + "-late"))
                .subscribed(name, 0);
        assertThat(late.take().text()).isEqualTo("online " + (ROUNDS - 1));
        late.close();
        if (before != null) {
            before.disconnect();
        }
    }

    private static RawClient watcher(TestGateway gateway, String name, String topic, boolean isKept, int qos) {
        return new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5)
                .connected(isKept ? kept(name) : connect(name))
                .subscribed(topic, qos);
    }

    @ParameterizedTest
    @CsvSource({"1, true", "4, true", "4, false"})
    void inMemoryTheWillIsOutBeforeConnack(int threads, boolean isKept) {
        try (InProcessGateway gateway = InProcessGateway.start(List.of("listeners.io-threads=" + threads))) {
            for (int qos = 0; qos <= 2; qos++) {
                String name = "memory" + qos;
                RawClient watcher = watcher(gateway, name + "w", name, qos == 1, qos);

                expectOnlineLast(List.of(gateway), isKept, qos, name, watcher);
                watcher.close();
            }
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    final class OnRedis {
        private final Cluster cluster = Cluster.start();
        private final List<GatewayProcess> gateways = new ArrayList<>();

        @BeforeAll
        void start() {
            for (int i = 0; i < 3; i++) {
                gateways.add(cluster.gateway("listeners.io-threads=2"));
            }
        }

        @AfterAll
        void stop() {
            cluster.close();
        }

        @ParameterizedTest
        @CsvSource({"true, 0", "true, 1", "false, 1", "false, 2"})
        void atOneGatewayTheWillIsOutBeforeConnack(boolean isKept, int qos) {
            String name = "one-" + isKept + qos;
            RawClient here = watcher(gateways.get(0), name + "w", name, false, qos);
            RawClient there = watcher(gateways.get(1), name + "v", name, true, qos);

            expectOnlineLast(gateways.subList(0, 1), isKept, qos, name, here, there);
        }

        /** The watchers are at the gateway that is left, at the one that takes over, and at one that has nothing to do with it. */
        @ParameterizedTest
        @CsvSource({"true, 0", "true, 1", "false, 0", "false, 2"})
        void betweenGatewaysTheWillIsOutBeforeConnack(boolean isKept, int qos) {
            String name = "two-" + isKept + qos;
            RawClient[] watchers = {
                watcher(gateways.get(0), name + "u", name, false, qos),
                watcher(gateways.get(1), name + "v", name, false, qos),
                watcher(gateways.get(2), name + "w", name, qos == 1, qos)
            };

            expectOnlineLast(gateways.subList(0, 2), isKept, qos, name, watchers);
        }

        /** A will with a delay is not published when the session goes on, and is when it ends [MQTT-3.1.3-9]. */
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void delayedWillIsPublishedIfTheSessionEnds(boolean isOnline) {
            String name = "delayed-" + isOnline;
            RawClient watcher = watcher(gateways.get(2), name + "w", name, false, 1);
            Connect mortal = kept(name).will(publish(name, "ended").qos(1).with(Prop.WILL_DELAY_INTERVAL, 600));
            RawClient first = cluster.connect(gateways.get(0), mortal);
            RawClient second = cluster.connect(gateways.get(1), mortal);
            first.expectDisconnected(Reason.SESSION_TAKEN_OVER);
            if (!isOnline) {
                second.vanish();
            }

            RawClient anew = cluster.connect(gateways.get(0), connect(name));
            anew.send(publish(name, "begun"));

            assertThat(watcher.take().text()).isEqualTo("ended");
            watcher.expectPublish("begun");
        }

        /**
         * The connection has just broken at another gateway, which is publishing its will: nobody displaces it, and nobody waited.
         */
        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void whoComesElsewhereAsItsConnectionBreaksIsAnsweredAfterItsWill(int qos) {
            String name = "broken-" + qos;
            RawClient watcher = watcher(gateways.get(2), name + "w", name, false, qos);
            for (int i = 0; i < ROUNDS; i++) {
                Connect asked =
                        kept(name).will(publish(name, "offline").qos(qos).retained());
                RawClient first = cluster.connect(gateways.get(i % 2), asked);
                first.vanish();

                RawClient next = cluster.connect(gateways.get((i + 1) % 2), kept(name));
                next.published(publish(name, "online").qos(qos), 1);

                watcher.expectPublish("offline");
                watcher.expectPublish("online");
                next.disconnect();
            }
        }

        /** It is due as soon as its gateway has been found dead, but no sweep has come for it. */
        @Test
        void whoComesBackWhenItsGatewayHasBeenFoundDeadIsAnsweredAfterItsWill() {
            GatewayProcess dying = cluster.gateway();
            RawClient watcher = watcher(gateways.get(2), "dead-w", "dead/#", false, 1);
            List<String> names =
                    IntStream.range(0, ROUNDS).mapToObj(i -> "dead/" + i).toList();
            names.forEach(name -> cluster.connect(
                    dying, kept(name).will(publish(name, "offline").qos(1).retained())));
            dying.kill();
            for (String name : names) {
                await().pollInterval(Duration.ofMillis(1))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> !isOwned(name));
                RawClient next = cluster.connect(gateways.get(0), kept(name));
                next.published(publish(name, "online").qos(1), 1);
            }

            Map<String, String> last = new HashMap<>();
            for (int i = 0; i < 2 * ROUNDS; i++) {
                Packet one = watcher.take();
                last.put(one.topic(), one.text());
            }
            assertThat(last)
                    .hasSize(ROUNDS)
                    .allSatisfy((name, text) -> assertThat(text).as(name).isEqualTo("online"));
        }

        private boolean isOwned(String name) {
            return cluster.redis().command("HEXISTS", "hf:{" + name + "}", "o").equals("1");
        }

        /** It has no will any more when it is displaced: its goodbye is in what its gateway has not read. */
        @Test
        void whoHasSaidGoodbyeHasNoWillThoughAnotherGatewayTakesOver() {
            RawClient watcher = watcher(gateways.get(2), "goodbye-w", "goodbye", false, 0);
            for (int i = 0; i < ROUNDS; i++) {
                RawClient first =
                        cluster.connect(gateways.get(i % 2), kept("goodbye").will(publish("goodbye", "will")));
                first.send(publish("goodbye", "said " + i), Packets.disconnect());

                cluster.connect(gateways.get((i + 1) % 2), kept("goodbye")).disconnect();

                watcher.expectPublish("said " + i);
            }
            watcher.expectAlive();
        }

        /** The gateway stands still: the wait is bounded, and then the one that takes over publishes the will itself. */
        @Test
        void gatewayThatStandsStillIsWaitedForAndThenItsWillIsTaken() {
            GatewayProcess still = cluster.gateway();
            RawClient watcher = watcher(gateways.get(2), "still-w", "still", false, 1);
            cluster.connect(
                    still, kept("still").will(publish("still", "offline").qos(1).retained()));
            double unanswered = gateways.get(0).metric("mqtt_gateway_takeovers_unanswered_total");
            still.pause();
            try {
                long start = System.nanoTime();
                RawClient client = cluster.connect(gateways.get(0), kept("still"));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
                client.published(publish("still", "online").qos(1).retained(), 1);

                assertThat(watcher.take().text()).isEqualTo("offline");
                assertThat(watcher.take().text()).isEqualTo("online");
                assertThat(gateways.get(0).metric("mqtt_gateway_takeovers_unanswered_total"))
                        .isGreaterThan(unanswered);
            } finally {
                still.resume();
                still.kill();
            }
        }
    }
}
