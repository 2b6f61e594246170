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
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What clients of several gateways that share a Redis see. */
final class ClusterTest {
    private static Cluster cluster;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        a = cluster.gateway();
        b = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void aMessageReachesCleanSubscribersOfTheOtherGatewayAtEveryQos() {
        RawClient subscriber = cluster.connect(b, Connect.connect("clean-sub")).subscribed("clean/+", 2);
        RawClient publisher = cluster.connect(a, Connect.connect("clean-pub"));

        for (int qos = 0; qos < 3; qos++) {
            publisher.published(Publish.publish("clean/t", "m" + qos).qos(qos), qos + 1);

            assertThat(subscriber.take().text()).isEqualTo("m" + qos);
        }
    }

    @Test
    void whoeverPublishesAnywhereAfterTheSubackReachesTheSubscriber() {
        RawClient publisher = cluster.connect(a, Connect.connect("suback-pub"));
        for (int i = 0; i < 50; i++) {
            String topic = "suback/" + i;
            Connect connect = i % 2 == 0 ? Connect.connect("suback-" + i) : Connect.kept("suback-" + i);
            RawClient subscriber = cluster.connect(b, connect).subscribed(topic, 1);

            publisher.published(Publish.publish(topic, "m").qos(1), 1);

            assertThat(subscriber.take().text()).isEqualTo("m");
            subscriber.disconnect();
        }
    }

    @Test
    void aMessageReachesKeptSubscribersOfTheOtherGatewayInOrderAtEveryQos() {
        RawClient subscriber = cluster.connect(b, Connect.kept("kept-sub")).subscribed("kept/#", 2);
        RawClient publisher = cluster.connect(a, Connect.connect("kept-pub"));

        for (int i = 0; i < 60; i++) {
            publisher.published(Publish.publish("kept/t", "m" + i).qos(1 + i % 2), 1 + i);
        }
        List<String> received =
                IntStream.range(0, 60).mapToObj(i -> subscriber.take().text()).toList();
        publisher.published(Publish.publish("kept/t", "zero"), 0);

        assertThat(received)
                .isEqualTo(IntStream.range(0, 60).mapToObj(i -> "m" + i).toList());
        assertThat(subscriber.take().text()).isEqualTo("zero");
    }

    @Test
    void anUnsubscribedFilterIsNotServedByTheOtherGatewayAnyMore() {
        RawClient subscriber = cluster.connect(b, Connect.kept("unsub"))
                .subscribed("unsub/a", 1)
                .subscribed("unsub/b", 1);
        RawClient publisher = cluster.connect(a, Connect.connect("unsub-pub"));

        subscriber.send(Subscribe.unsubscribe(3, "unsub/a"));
        subscriber.expect(PacketType.UNSUBACK);
        publisher.published(Publish.publish("unsub/a", "no").qos(1), 1);
        publisher.published(Publish.publish("unsub/b", "yes").qos(1), 2);

        assertThat(subscriber.take().text()).isEqualTo("yes");
    }

    @Test
    void aClientThatComesToTheOtherGatewayFindsItsSessionAndDisplacesItsOldConnection() {
        RawClient old = cluster.connect(a, Connect.kept("mover")).subscribed("mover/t", 1);
        RawClient publisher = cluster.connect(a, Connect.connect("mover-pub"));
        publisher.published(Publish.publish("mover/t", "unacknowledged").qos(1), 1);
        old.expectPublish("unacknowledged");

        RawClient moved = cluster.connect(b, Connect.kept("mover"));

        assertThat(moved.connack().isSessionPresent()).isTrue();
        Packet again = moved.take();
        assertThat(again.text()).isEqualTo("unacknowledged");
        assertThat(again.isDup()).isTrue();
        old.expectDisconnected(0x8E);
        publisher.published(Publish.publish("mover/t", "next").qos(1), 2);
        assertThat(moved.take().text()).isEqualTo("next");
    }

    @Test
    void cleanSessionsToAreUniqueOverGateways() {
        RawClient old = cluster.connect(a, Connect.connect("unique"));

        RawClient later = cluster.connect(b, Connect.connect("unique"));

        assertThat(later.connack().isSessionPresent()).isFalse();
        old.expectDisconnected(0x8E);
        later.expectAlive();
    }

    @Test
    void ofManyThatComeAtOnceToBothGatewaysExactlyOneStays() {
        for (boolean isClean : new boolean[] {true, false}) {
            String id = "many-" + isClean;
            List<RawClient> clients = IntStream.range(0, 32)
                    .mapToObj(i -> cluster.open(i % 2 == 0 ? a : b))
                    .toList();

            clients.forEach(client ->
                    client.send(isClean ? Connect.connect(id) : Connect.kept(id).cleanStart(false)));

            await().atMost(Duration.ofSeconds(5))
                    .until(() -> clients.stream().filter(ClusterTest::isServed).count() == 1);
        }
    }

    private static boolean isServed(RawClient client) {
        if (!client.trySend(Packets.PINGREQ)) {
            return false;
        }
        Packet packet = client.next();
        while (packet != null && packet.type() != PacketType.PINGRESP) {
            packet = client.next();
        }
        return packet != null;
    }

    @Test
    void aSessionThatBeginsAnewIsNotServedByWhatTheOldOneSubscribedTo() {
        cluster.connect(a, Connect.kept("anew")).subscribed("anew/old", 1).disconnect();
        RawClient publisher = cluster.connect(b, Connect.connect("anew-pub"));

        RawClient anew =
                cluster.connect(a, Connect.kept("anew").cleanStart(true)).subscribed("anew/new", 1);
        publisher.published(Publish.publish("anew/old", "no").qos(1), 1);
        publisher.published(Publish.publish("anew/new", "yes").qos(1), 2);

        assertThat(anew.take().text()).isEqualTo("yes");
    }

    @Test
    void eachMessageOfASharedSubscriptionReachesOneMemberWhereverItIs() {
        String filter = "$share/g/share/t";
        RawClient one = cluster.connect(a, Connect.connect("share-a")).subscribed(filter, 1);
        RawClient two = cluster.connect(b, Connect.connect("share-b")).subscribed(filter, 1);
        RawClient three = cluster.connect(b, Connect.kept("share-k")).subscribed(filter, 1);
        RawClient publisher = cluster.connect(a, Connect.connect("share-pub"));
        List<RawClient> members = List.of(one, two, three);
        for (int i = 0; i < 30; i++) {
            publisher.published(Publish.publish("share/t", "m" + i).qos(1), 1 + i);
        }
        List<List<String>> taken = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        await().atMost(Duration.ofSeconds(5)).until(() -> {
            IntStream.range(0, 3).forEach(i -> taken.get(i).addAll(takeAll(members.get(i))));
            return taken.stream().mapToInt(List::size).sum() >= 30;
        });
        IntStream.range(0, 3).forEach(i -> taken.get(i).addAll(takeAll(members.get(i))));

        assertThat(taken).allSatisfy(each -> assertThat(each).isNotEmpty());
        List<String> all = taken.stream().flatMap(List::stream).toList();
        assertThat(all)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 30).mapToObj(i -> "m" + i).toList());
    }

    /** What has come by now, acknowledged. */
    private static List<String> takeAll(RawClient client) {
        List<String> texts = new ArrayList<>();
        client.send(Packets.PINGREQ);
        for (Packet next = client.expectAny(); next.type() == PacketType.PUBLISH; next = client.expectAny()) {
            texts.add(next.text());
            client.send(Packets.ack(PacketType.PUBACK, next.packetId()));
        }
        return texts;
    }

    /** The gateway that lost the client gave the message to the group again, and its new gateway had it in the queue. */
    @Test
    void whatAClientHasOfASharedSubscriptionStaysWithItWhenItComesToTheOtherGateway() {
        String filter = "$share/g/moving/+";
        RawClient old = cluster.connect(a, Connect.kept("shared-mover"))
                .subscribed(filter, 1)
                .subscribed("moved/end", 1);
        RawClient publisher = cluster.connect(a, Connect.connect("shared-mover-pub"));
        publisher.published(Publish.publish("moving/t", "unacknowledged").qos(1), 1);
        old.expectPublish("unacknowledged");
        RawClient other = cluster.connect(a, Connect.connect("shared-other"))
                .subscribed(filter, 1)
                .subscribed("moved/end", 1);

        RawClient moved = cluster.connect(b, Connect.kept("shared-mover"));

        old.expectDisconnected(0x8E);
        assertThat(moved.take().text()).isEqualTo("unacknowledged");
        publisher.published(Publish.publish("moved/end", "end").qos(1), 2);
        assertThat(other.take().text()).isEqualTo("end");
        assertThat(moved.take().text()).isEqualTo("end");
    }

    @Test
    void aRetainedMessageAcknowledgedAnywhereIsFoundByALaterSubscribeAnywhere() {
        RawClient publisher = cluster.connect(a, Connect.connect("retain-pub"));
        RawClient subscriber = cluster.connect(b, Connect.connect("retain-sub"));
        for (int i = 0; i < 20; i++) {
            publisher.published(Publish.publish("retain/" + i, "m" + i).qos(1).retained(), 1);

            subscriber.subscribed("retain/" + i, 1);

            assertThat(subscriber.take().text()).isEqualTo("m" + i);
        }
    }
}
