// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Many retained messages for one subscription: all of them, a page at a time, or as many as the limit says. */
final class RetainedManyTest {
    private static void retain(Lab lab, int count) {
        RawClient publisher = lab.connect(Version.V5);
        for (int at = 0; at < count; at += 100) {
            Outgoing[] page = new Outgoing[Math.min(100, count - at)];
            for (int i = 0; i < page.length; i++) {
                int number = at + i;
                page[i] = publish(lab.topic("many/" + number), "r" + number)
                        .qos(1)
                        .packetId(1)
                        .retained();
            }
            for (int from = 0; from < page.length; from += 20) { // within Receive Maximum
                Outgoing[] some = Arrays.copyOfRange(page, from, Math.min(from + 20, page.length));
                publisher.send(some);
                for (int i = 0; i < some.length; i++) {
                    publisher.expectAck(PacketType.PUBACK, 1);
                }
            }
        }
    }

    private static Set<String> taken(RawClient subscriber, int count) {
        Set<String> texts = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Packet packet = subscriber.take();
            assertThat(packet.isRetain()).isTrue();
            texts.add(packet.text());
        }
        return texts;
    }

    @Nested
    @OnGateway(value = "limits.max-retained=10000", jvm = "-Xmx64m", alone = true)
    final class WithoutALimit {
        private static final int COUNT = 5_000;
        private static boolean retained;
        private static String filter = "";

        @BeforeEach
        void retain(Lab lab) {
            if (!retained) {
                RetainedManyTest.retain(lab, COUNT);
                filter = lab.topic("many/+");
                retained = true;
            }
        }

        @ParameterizedTest
        @CsvSource({"V5,0", "V5,1", "V3_1_1,1", "V5,2"})
        void fiveThousandRetainedMessagesArriveAll(Version version, int qos, Lab lab) {
            RawClient subscriber = lab.connect(version);

            subscriber.subscribed(filter, qos);

            assertThat(taken(subscriber, COUNT)).hasSize(COUNT);
            subscriber.expectAlive();
        }

        /** Each SUBSCRIBE made lists of all that matches, which waited for acknowledgements that do not come. */
        @Test
        void clientThatSubscribesAgainAndAgainAndAcknowledgesNothingCostsNoMemory(Lab lab) {
            RawClient greedy = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
            greedy.subscribed(filter, 1);
            greedy.expect(PacketType.PUBLISH);
            for (int i = 0; i < 100; i++) {
                Subscribe many = Subscribe.subscribe(1);
                for (int at = 0; at < 64; at++) {
                    many.to(filter, 1);
                }
                greedy.subscribed(many);
            }

            greedy.expectAlive();
            assertThat(taken(lab.connect(Version.V5).subscribed(filter, 1), COUNT))
                    .hasSize(COUNT);
        }

        @Test
        void unsubscribeStopsThoseThatHaveNotBeenSent(Lab lab) { // [MQTT-3.10.4-2]
            RawClient subscriber = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
            subscriber.subscribed(filter, 1);
            Packet first = subscriber.expect(PacketType.PUBLISH);

            subscriber.send(Subscribe.unsubscribe(2, filter)).expect(PacketType.UNSUBACK);
            subscriber.send(Packets.ack(PacketType.PUBACK, first.packetId()));

            subscriber.expectAlive();
        }

        @Test
        void clientThatTakesItsTimeGetsAllAndOthersDoNotWait(Lab lab) {
            RawClient slow = lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), Version.V5)
                    .connected(lab.anonymous())
                    .subscribed(filter, 1);
            for (int i = 0; i < 4; i++) {
                lab.connect(Version.V5).subscribed(lab.topic("x"), 0).expectAlive();
            }

            assertThat(taken(slow, COUNT)).hasSize(COUNT);
        }
    }

    /** They came faster than the client took them, and what its queue could not hold was lost. */
    @Nested
    @OnGateway(
            value = {"session.max-queue-messages=20", "session.max-queue-bytes=64KiB", "limits.max-packet-size=64KiB"},
            alone = true)
    final class WithASmallQueue {
        @ParameterizedTest
        @CsvSource({"V5,1", "V3_1_1,1", "V5,2"})
        void allReachAClientThatKeepsItsSession(Version version, int qos, Lab lab) {
            retain(lab, 300);
            RawClient subscriber = lab.connect(version, Connect.kept(lab.id("s")));

            subscriber.subscribed(lab.topic("many/+"), qos);

            assertThat(taken(subscriber, 300)).hasSize(300);
            subscriber.expectAlive();
        }

        @ParameterizedTest
        @EnumSource
        void largeOnesWaitForThoseThatAreNotAcknowledged(Version version, Lab lab) {
            RawClient publisher = lab.connect(version);
            for (int i = 0; i < 30; i++) {
                publisher.published(
                        publish(lab.topic("many/" + i), i + "x".repeat(8_000))
                                .qos(1)
                                .retained(),
                        1 + i);
            }
            RawClient subscriber = lab.connect(version, Connect.kept(lab.id("s")));

            subscriber.subscribed(lab.topic("many/+"), 1);

            assertThat(taken(subscriber, 30)).hasSize(30);
            subscriber.expectAlive();
        }
    }

    @Test
    void allReachAClientThatKeepsItsSessionInRedis() {
        try (Cluster cluster = Cluster.start("session.max-queue-messages=20")) {
            GatewayProcess gateway = cluster.gateway();
            RawClient publisher = cluster.connect(gateway, Connect.connect("p"));
            for (int i = 0; i < 200; i++) {
                publisher.published(publish("many/" + i, "r" + i).qos(1).retained(), 1 + i);
            }
            RawClient subscriber = cluster.connect(gateway, Connect.kept("s"));

            subscriber.subscribed("many/+", 1);

            assertThat(taken(subscriber, 200)).hasSize(200);
            subscriber.expectAlive();
        }
    }

    @Nested
    @OnGateway(value = "limits.max-retained-per-subscribe=100", alone = true)
    final class WithALimit {
        @ParameterizedTest
        @CsvSource({"V5,0", "V3_1_1,1"})
        void oneSubscribeBringsNoMoreThanTheLimit(Version version, int qos, Lab lab) {
            retain(lab, 150);
            RawClient subscriber = lab.connect(version);

            subscriber.subscribed(lab.topic("many/#"), qos);

            assertThat(taken(subscriber, 100)).hasSize(100);
            subscriber.expectAlive();
        }

        @Test
        void severalFiltersOfOneSubscribeShareTheLimit(Lab lab) {
            retain(lab, 110);
            RawClient subscriber = lab.connect(Version.V5);

            subscriber.subscribed(Subscribe.subscribe(1)
                    .to(lab.topic("many/109"), 0)
                    .to(lab.topic("many/#"), 0)
                    .to(lab.topic("many/+"), 0));

            taken(subscriber, 100);
            subscriber.expectAlive();
        }
    }
}
