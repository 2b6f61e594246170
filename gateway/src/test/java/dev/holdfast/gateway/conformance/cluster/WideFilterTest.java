// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What persistent sessions with a wide filter get, who read their messages from its log. The gateways are those of all tests, filters
 * and clients are of one.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class WideFilterTest {
    /** The lowest packet identifier of a message that comes out of a log. */
    private static final int FIRST_OF_LOGS = 32_768;

    private static final String DROPPED = "mqtt_gateway_messages_dropped_total{cause=\"queue_full\"}";
    private static final int QUEUED = 2;
    /** After a gateway has died the next SUBACK waits until the others know that it is dead. */
    private static final int AT_THE_END = Order.DEFAULT + 1;

    private static Cluster cluster;
    private static GatewayProcess a;
    private static GatewayProcess b;
    private static int tests;

    private final String news = "news-" + tests++;
    private final String filter = news + "/#";
    private RawClient publisher;
    private int packetId;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("session.wide-filter-from=" + (QUEUED + 1), "session.max-queue-messages=300");
        a = cluster.gateway();
        b = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void makeTheNextSubscriptionWide() {
        for (int i = 0; i < QUEUED; i++) {
            cluster.connect(i % 2 == 0 ? a : b, Connect.kept(id("queued-" + i)))
                    .subscribed(filter, 1)
                    .disconnect();
        }
        publisher = cluster.connect(a, Connect.connect(id("publisher")));
    }

    private String id(String name) {
        return news + "-" + name;
    }

    private void publish(String text, int qos) {
        publisher.published(Publish.publish(news + "/today", text).qos(qos), 1 + packetId++ % 60_000);
    }

    private void publishMany(int count, int qos) {
        for (int i = 0; i < count; i++) {
            publish("m" + i, qos);
        }
    }

    private static List<String> numbered(int from, int until) {
        return IntStream.range(from, until).mapToObj(i -> "m" + i).toList();
    }

    private RawClient reader(GatewayProcess gateway, String clientId, int qos) {
        return cluster.connect(gateway, Connect.kept(id(clientId))).subscribed(filter, qos);
    }

    @Test
    void everySessionAtEveryGatewayGetsEachMessageOnceAndInOrder() {
        List<RawClient> readers = new ArrayList<>();
        for (int qos = 0; qos <= 2; qos++) {
            readers.add(reader(a, "a" + qos, qos));
            readers.add(reader(b, "b" + qos, qos));
        }
        RawClient queued = cluster.connect(b, Connect.kept(id("queued-0")));

        publishMany(50, 1);
        for (int i = 50; i < 100; i++) {
            publish("m" + i, 2);
        }

        readers.add(queued);
        for (RawClient reader : readers) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Packet publish = reader.take();
                texts.add(publish.text());
                assertThat(publish.isDup()).isFalse();
                if (publish.qos() > 0 && reader != queued) {
                    assertThat(publish.packetId()).isGreaterThanOrEqualTo(FIRST_OF_LOGS);
                }
            }
            assertThat(texts).isEqualTo(numbered(0, 100));
            reader.expectAlive();
        }
    }

    @Test
    void aMessageIsStoredOnceForAllWhoReadTheLog() {
        for (int i = 0; i < 20; i++) {
            reader(i % 2 == 0 ? a : b, "r" + i, 1).disconnect();
        }

        publish("once and for all", 1);

        assertThat(cluster.redis().command("XLEN", "hf:a{" + filter + "}").strip())
                .isEqualTo("1");
        for (int i = 0; i < 20; i++) {
            assertThat(cluster.redis()
                            .command("EXISTS", "hf:{" + id("r" + i) + "}q")
                            .strip())
                    .isEqualTo("0");
            assertThat(cluster.connect(i % 2 == 0 ? b : a, Connect.kept(id("r" + i)))
                            .take()
                            .text())
                    .isEqualTo("once and for all");
        }
    }

    @Test
    void aSessionThatWasAwayFindsWhatItMissedAtTheOtherGateway() {
        reader(a, "r", 1).disconnect();
        publishMany(200, 1);

        RawClient back = cluster.connect(b, Connect.kept(id("r")));

        assertThat(back.connack().isSessionPresent()).isTrue();
        assertThat(taken(back, 200)).isEqualTo(numbered(0, 200));
        publish("live", 1);
        assertThat(back.take().text()).isEqualTo("live");
        back.disconnect();
        cluster.connect(a, Connect.kept(id("r"))).expectAlive();
    }

    private static List<String> taken(RawClient reader, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Packet publish = reader.take();
            assertThat(publish.isDup()).as("DUP of %s", publish.text()).isFalse();
            texts.add(publish.text());
        }
        return texts;
    }

    @Test
    void whatAClientHasAcknowledgedDoesNotComeAgainWhenItIsTakenOver() {
        RawClient reader = reader(b, "r", 2);
        for (int i = 0; i < 10; i++) {
            publish("m" + i, 1 + i % 2);
        }
        assertThat(taken(reader, 10)).isEqualTo(numbered(0, 10));
        publish("under way", 1);
        Packet underWay = reader.expect(PacketType.PUBLISH);

        RawClient elsewhere = cluster.connect(a, Connect.kept(id("r")));

        Packet again = elsewhere.take();
        assertThat(again.text()).isEqualTo("under way");
        assertThat(again.packetId()).isEqualTo(underWay.packetId());
        assertThat(again.isDup()).isTrue();
        elsewhere.expectAlive();
        RawClient here = cluster.connect(a, Connect.kept(id("r")));
        here.expectAlive();
        publish("live", 1);
        Packet live = here.take();
        assertThat(live.text()).isEqualTo("live");
        assertThat(live.isDup()).isFalse();
    }

    @Test
    void noMoreIsUnderWayThanTheClientsReceiveMaximum() {
        RawClient reader = cluster.open(b)
                .connected(Connect.kept(id("r")).with(Prop.RECEIVE_MAXIMUM, 3))
                .subscribed(filter, 1);
        publishMany(10, 1);

        List<Packet> first = List.of(
                reader.expect(PacketType.PUBLISH),
                reader.expect(PacketType.PUBLISH),
                reader.expect(PacketType.PUBLISH));
        reader.expectAlive();

        first.forEach(reader::acknowledged);
        assertThat(taken(reader, 7)).isEqualTo(numbered(3, 10));
    }

    @Test
    @Order(AT_THE_END)
    void whatWasNotAcknowledgedWhenAGatewayDiedComesAgainUnderItsIdentifierWithDup() {
        GatewayProcess dying = cluster.gateway();
        RawClient reader = reader(dying, "r", 1);
        publishMany(3, 1);
        List<Integer> identifiers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            identifiers.add(reader.expect(PacketType.PUBLISH).packetId());
        }
        dying.kill();

        RawClient back = cluster.connect(a, Connect.kept(id("r")));
        publish("m3", 1);

        assertThat(back.connack().isSessionPresent()).isTrue();
        for (int i = 0; i < 4; i++) {
            Packet again = back.take();
            assertThat(again.text()).isEqualTo("m" + i);
            assertThat(again.isDup()).as("DUP of m" + i).isEqualTo(i < 3);
            if (i < 3) {
                assertThat(again.packetId()).isEqualTo(identifiers.get(i));
            }
        }
    }

    @Test
    @Order(AT_THE_END)
    void anExchangeOfQos2GoesOnAtAnotherGatewayWhereverItsOwnHasDied() {
        GatewayProcess dying = cluster.gateway();
        RawClient reader = reader(dying, "r", 2);
        for (int i = 0; i < 3; i++) {
            publish("m" + i, 2);
        }
        Packet done = reader.take();
        Packet released = reader.expect(PacketType.PUBLISH);
        Packet sent = reader.expect(PacketType.PUBLISH);
        reader.send(Packets.ack(PacketType.PUBREC, released.packetId()));
        reader.expectAck(PacketType.PUBREL, released.packetId());
        dying.kill();

        RawClient back = cluster.connect(a, Connect.kept(id("r")));

        List<Packet> packets = new ArrayList<>();
        for (Packet next = back.expectAny(); ; next = back.expectAny()) {
            packets.add(next);
            if (next.type() == PacketType.PUBLISH) {
                break;
            }
            back.send(Packets.ack(PacketType.PUBCOMP, next.packetId()));
        }
        Packet again = packets.remove(packets.size() - 1);
        assertThat(again.text()).isEqualTo("m2");
        assertThat(again.isDup()).isTrue();
        assertThat(again.packetId()).isEqualTo(sent.packetId());
        assertThat(packets).allMatch(packet -> packet.type() == PacketType.PUBREL);
        assertThat(packets.stream().map(Packet::packetId))
                .as("PUBREL, of the one that is done only if the gateway died before it had told the store")
                .contains(released.packetId())
                .isSubsetOf(done.packetId(), released.packetId());
        back.acknowledged(again);
        back.expectAlive();
    }

    @Test
    void ofASessionThatWasAwayForTooLongTheOldestMessagesGiveWayAndAreCounted() {
        reader(a, "r", 1).disconnect();
        publishMany(350, 1);

        double before = b.metric(DROPPED);
        RawClient back = cluster.connect(b, Connect.kept(id("r")));

        assertThat(taken(back, 300)).isEqualTo(numbered(50, 350));
        back.expectAlive();
        assertThat(b.metric(DROPPED) - before).isEqualTo(50);
    }

    @Test
    void noLocalRetainAsPublishedAndIdentifiersHoldAsTheSubscriptionSays() {
        RawClient own = cluster.connect(a, Connect.kept(id("own")))
                .subscribed(Subscribe.subscribe(1)
                        .with(Prop.SUBSCRIPTION_IDENTIFIER, 77)
                        .to(filter, 1 | Subscribe.NO_LOCAL | Subscribe.RETAIN_AS_PUBLISHED));
        RawClient plain = reader(b, "plain", 1);
        own.published(Publish.publish(news + "/own", "mine").qos(1), 9);
        publisher.published(Publish.publish(news + "/kept", "kept").qos(1).retained(), 50_000);

        Packet toOwn = own.take();
        assertThat(toOwn.text()).isEqualTo("kept");
        assertThat(toOwn.isRetain()).isTrue();
        assertThat(toOwn.properties().all(Prop.SUBSCRIPTION_IDENTIFIER)).containsExactly(77L);
        Packet first = plain.take();
        assertThat(first.text()).isEqualTo("mine");
        Packet second = plain.take();
        assertThat(second.text()).isEqualTo("kept");
        assertThat(second.isRetain()).isFalse();
    }

    @Test
    void aSubscriptionThatEndsFinishesWhatIsUnderWayAndGetsNothingElse() {
        RawClient reader = reader(b, "r", 2);
        publish("m0", 2);
        Packet sent = reader.expect(PacketType.PUBLISH);
        reader.send(Subscribe.unsubscribe(5, filter, "other"));
        assertThat(reader.expect(PacketType.UNSUBACK).reasons()).containsExactly(0, 0x11);
        publish("m1", 2);

        reader.acknowledged(sent);
        reader.expectAlive();
        reader.send(Subscribe.unsubscribe(6, filter));
        assertThat(reader.expect(PacketType.UNSUBACK).reasons()).containsExactly(0x11);
        reader.disconnect();
        cluster.connect(a, Connect.kept(id("r"))).expectAlive();
        await().untilAsserted(() -> assertThat(cluster.redis().command("HKEYS", "hf:{" + id("r") + "}"))
                .doesNotContain(filter));
    }

    @Test
    void aSubscriptionThatReplacesAnotherGoesOnWhereThatEnds() {
        RawClient reader = reader(b, "r", 2);
        publish("m0", 2);
        Packet unfinished = reader.expect(PacketType.PUBLISH);
        assertThat(unfinished.qos()).isEqualTo(2);

        reader.subscribed(filter, 1);
        publish("m1", 2);
        Packet second = reader.take();

        assertThat(second.text()).isEqualTo("m1");
        assertThat(second.qos()).isEqualTo(1);
        reader.acknowledged(unfinished);
        publish("m2", 2);
        assertThat(reader.take().text()).isEqualTo("m2");
        reader.expectAlive();
    }

    @Test
    void aGatewayThatStartsLaterAppendsToTheLogs() {
        reader(a, "r", 1).disconnect();
        try (GatewayProcess later = cluster.gateway()) {
            cluster.connect(later, Connect.connect(id("late")))
                    .published(Publish.publish(news + "/late", "late").qos(1), 1);

            assertThat(cluster.connect(b, Connect.kept(id("r"))).take().text()).isEqualTo("late");
        }
    }

    @Test
    void aGatewayWhereNoFilterIsWideAnyMoreServesWhoReadsLogs() {
        reader(a, "r", 1).disconnect();
        try (GatewayProcess narrow = cluster.gateway("session.wide-filter-from=0")) {
            publish("m0", 1);

            RawClient back = cluster.connect(narrow, Connect.kept(id("r")));

            assertThat(back.take().text()).isEqualTo("m0");
            cluster.connect(narrow, Connect.connect(id("p2")))
                    .published(Publish.publish(news + "/x", "m1").qos(1), 1);
            assertThat(back.take().text()).isEqualTo("m1");
        }
    }

    @Test
    void manyMessagesReachAClientThatAcknowledgesThemLateAndInAnyOrder() {
        RawClient reader = reader(b, "r", 1);
        publishMany(290, 1);
        List<String> texts = new ArrayList<>();
        while (texts.size() < 290) {
            List<Packet> some = new ArrayList<>();
            for (int i = 0; i < Math.min(20, 290 - texts.size()); i++) {
                some.add(reader.expect(PacketType.PUBLISH));
            }
            some.forEach(packet -> texts.add(packet.text()));
            for (int i = some.size() - 1; i >= 0; i--) {
                reader.acknowledged(some.get(i));
            }
        }
        assertThat(texts).isEqualTo(numbered(0, 290));
        reader.expectAlive();
    }
}
