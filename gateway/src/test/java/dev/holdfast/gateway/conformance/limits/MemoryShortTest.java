// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * When the memory for clients is short, what is asked for anew is refused with a word, and who fills it is read slowly; those who are
 * connected and behave notice nothing, and when there is room again all is as before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MemoryShortTest {
    /** Of a message, so short that queues can take nearly all there is. */
    private static final int LENGTH = 900;

    private static final int SOME = 60;
    private static final int SMALL_QUEUES = 8;
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int V3_UNAVAILABLE = 3;
    private static final int MOST = 2_000;

    private TestGateway gateway;
    private Lab lab;
    private int queues;

    @BeforeAll
    void start() {
        gateway = InProcessGateway.start(List.of(
                "limits.memory-budget=2MiB",
                "limits.max-will-bytes=40KiB",
                "limits.max-subscriptions-per-client=100000"));
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @BeforeEach
    void open() {
        lab = new Lab(gateway);
        lab.innocentsConnect();
    }

    @AfterEach
    void close() {
        makeRoom();
        lab.close();
        MemoryAuditTest.expectNothingHeld(gateway);
    }

    /** The queues of clients that are away take all that they may. */
    private void fill() {
        double before = gateway.metric(refused("publish"));
        RawClient publisher = lab.connect(Version.V5);
        for (queues = 0; gateway.metric(refused("publish")) == before; queues++) {
            assertThat(queues).isLessThan(MOST);
            fillNext(publisher, SOME, LENGTH);
        }
        publisher.close();
        // Memory is hardly short by then. Small queues, an eighth of what is free each at the most, make it firmly so.
        for (int i = 0; i < SMALL_QUEUES; i++, queues++) {
            RawClient another = lab.connect(Version.V5);
            fillNext(another, 3, 300);
            another.disconnect();
        }
    }

    private void fillNext(RawClient publisher, int messages, int length) {
        lab.connect(Version.V5, kept(queue(queues)))
                .subscribed(lab.topic("q/" + queues), 1)
                .disconnect();
        Outgoing[] some = new Outgoing[messages];
        for (int n = 0; n < messages; n++) {
            some[n] = publish(lab.topic("q/" + queues), new byte[length]).atLeastOnce(n + 1);
        }
        publisher.send(some);
        for (int n = 0; n < messages; n++) {
            publisher.expect(PUBACK);
        }
    }

    private void makeRoom() {
        for (int i = 0; i < queues; i++) {
            lab.connect(Version.V5, connect(queue(i))).disconnect();
        }
        queues = 0;
    }

    private String queue(int i) {
        return lab.id("q" + i);
    }

    private static String refused(String kind) {
        return "mqtt_gateway_rate_limited_total{kind=\"memory_" + kind + "\"}";
    }

    private void othersAreServed() {
        lab.innocentsPublish();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void newSessionsAreRefusedAndThoseThatAreThereComeBack(Version version) {
        fill();

        int accepted = 0;
        Packet connack;
        do {
            connack = lab.open(version).send(lab.anonymous()).expect(CONNACK);
        } while (connack.reason() == 0 && ++accepted < MOST);

        assertThat(connack.reason()).isEqualTo(version.isV5() ? QUOTA_EXCEEDED : V3_UNAVAILABLE);
        if (version.isV5()) {
            assertThat(connack.properties().text(Prop.REASON_STRING)).isEqualTo("no memory for another session now");
        }
        assertThat(gateway.metric(refused("sessions"))).isPositive();
        othersAreServed();
        RawClient back = lab.connect(Version.V5, kept(queue(0)));
        assertThat(back.take().payload()).hasSize(LENGTH);

        back.close();
        makeRoom();
        lab.connect(version).expectAlive();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void newSubscriptionsAreRefusedAndOldOnesMayBeReplaced(Version version) {
        RawClient client = lab.connect(version).subscribed(lab.topic("old"), 0);
        fill();

        int granted = 0;
        Packet suback;
        do {
            client.send(subscribe(lab.topic("n/" + granted + "/" + "x".repeat(900)), 1));
            suback = client.expect(SUBACK);
        } while (suback.reasons().get(0) == 1 && ++granted < MOST);

        assertThat(suback.reasons()).containsExactly(version.isV5() ? QUOTA_EXCEEDED : 0x80);
        if (version.isV5()) {
            assertThat(suback.properties().text(Prop.REASON_STRING)).isEqualTo("quota exceeded");
        }
        client.subscribed(lab.topic("old"), 1);
        othersAreServed();

        makeRoom();
        client.subscribed(lab.topic("after"), 1);
    }

    @Test
    void retainedMessagesAreRefusedAndDelivered() {
        RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("r/#"), 0);
        fill();
        RawClient publisher = lab.connect(Version.V5);

        int kept = 0;
        Packet puback;
        do {
            publisher.send(
                    publish(lab.topic("r/" + kept), new byte[20_000]).retained().atLeastOnce(kept + 1));
            puback = publisher.expect(PUBACK);
            subscriber.take();
        } while (puback.reason() == 0 && ++kept < MOST);

        assertThat(puback.reason()).isEqualTo(QUOTA_EXCEEDED);
        assertThat(puback.properties().text(Prop.REASON_STRING)).isEqualTo("quota exceeded");
        othersAreServed();
        for (int i = 0; i < kept; i++) {
            publisher.published(publish(lab.topic("r/" + i), "").retained().qos(1), i + 1);
        }
        makeRoom();
        publisher.published(publish(lab.topic("r/after"), "x").retained().qos(1), 1);
        publisher.published(publish(lab.topic("r/after"), "").retained().qos(1), 2);
    }

    @Test
    void whoBringsAWillIsRefusedWhenThereIsNoRoomForWills() {
        int accepted = 0;
        Packet connack;
        do {
            connack = lab.open(Version.V5)
                    .send(lab.anonymous().will(publish(lab.topic("w"), new byte[20_000])))
                    .expect(CONNACK);
        } while (connack.reason() == 0 && ++accepted < MOST);

        assertThat(connack.reason()).isEqualTo(QUOTA_EXCEEDED);
        assertThat(gateway.metric(refused("wills"))).isPositive();
        lab.connect(Version.V5).expectAlive();
    }

    @Test
    void whoFillsQueuesIsReadSlowlyAndAtOnceWhenThereIsRoom() {
        fill();
        RawClient publisher = lab.connect(Version.V5);
        double before = gateway.metric(refused("publish"));
        int packetId = 0;
        long start = System.nanoTime();
        while (gateway.metric(refused("publish")) < before + 3) {
            assertThat(packetId).isLessThan(MOST);
            publisher.send(publish(lab.topic("q/0"), new byte[LENGTH]).atLeastOnce(++packetId));
            publisher.expectAck(PUBACK, packetId);
            othersAreServed();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("a message a second: the first one is read at once")
                .isGreaterThan(Duration.ofMillis(1_900));
        publisher.send(publish(lab.topic("q/0"), new byte[LENGTH]).atLeastOnce(++packetId));
        makeRoom();
        publisher.expectAck(PUBACK, packetId);
        for (int i = 1; i < 50; i++) {
            publisher.published(publish(lab.topic("none"), "x").qos(1), packetId + i);
        }
    }
}
