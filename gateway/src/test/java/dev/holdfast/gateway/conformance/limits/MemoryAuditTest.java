// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.HeldMemory.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is held in memory for clients is charged by kind while it is held, and all of it is given back: after any churn each kind is at 0. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public final class MemoryAuditTest {
    private static final int LONG = 40_000;

    private static final List<Version> VERSIONS = List.of(Version.values());

    private TestGateway gateway;

    @BeforeAll
    void start() {
        gateway = InProcessGateway.start(List.of("session.sweep-interval=100ms", "listeners.io-threads=2"));
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    public static double held(TestGateway gateway, Kind kind) {
        return gateway.metric(
                "mqtt_gateway_memory_held_bytes{kind=\"" + kind.name().toLowerCase(Locale.ROOT) + "\"}");
    }

    public static void expectNothingHeld(TestGateway gateway) {
        for (Kind kind : Kind.values()) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(held(gateway, kind)).as("%s", kind).isZero());
        }
    }

    private void expectHeld(Kind kind, long atLeast) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(held(gateway, kind)).as("%s", kind).isGreaterThan((double) atLeast));
    }

    @Test
    void everyKindIsChargedWhileItIsHeldAndGivenBack() {
        try (Lab lab = new Lab(gateway)) {
            TcpChannel stranger = TcpChannel.open(gateway.tcpPort());
            expectHeld(Kind.STRANGERS, 500);
            stranger.close();

            RawClient client =
                    lab.connect(Version.V5, connect(lab.id("a")).will(publish(lab.topic("will"), new byte[5_000])));
            expectHeld(Kind.SESSIONS, 1_000);
            expectHeld(Kind.WILLS, 5_000);
            client.trySendBytes(new byte[] {0x30, (byte) 0xFF, 0x7F, 0, 1, 'x'});
            expectHeld(Kind.UNFINISHED_INPUT, 5);

            RawClient publisher = lab.connect(Version.V3_1_1);
            publisher
                    .send(publish(lab.topic("two"), new byte[LONG]).exactlyOnce(7))
                    .expectAck(PUBREC, 7);
            expectHeld(Kind.QOS2_HELD, LONG);
            publisher.published(
                    publish(lab.topic("r"), new byte[LONG]).retained().qos(1), 1);
            expectHeld(Kind.RETAINED, LONG);

            lab.connect(Version.V5, kept(lab.id("k")))
                    .subscribed(lab.topic("q"), 1)
                    .disconnect();
            expectHeld(Kind.SUBSCRIPTIONS, 200);
            publisher.published(publish(lab.topic("q"), new byte[LONG]).qos(1), 2);
            expectHeld(Kind.QUEUES, LONG);

            publisher.published(publish(lab.topic("r"), "").retained().qos(1), 3);
            lab.connect(Version.V5, connect(lab.id("k"))).disconnect();
        }
        expectNothingHeld(gateway);
    }

    /** A message that two clean sessions have waiting, one of them through a shared subscription. */
    @Test
    void whatWaitsForCleanSessionsIsChargedOnceAndGivenBack() {
        try (Lab lab = new Lab(gateway)) {
            Connect one = connect(lab.id("1")).with(Prop.RECEIVE_MAXIMUM, 1);
            Connect two = connect(lab.id("2")).with(Prop.RECEIVE_MAXIMUM, 1);
            RawClient shared = lab.connect(Version.V5, one).subscribed(lab.shared("g", "t"), 1);
            RawClient plain = lab.connect(Version.V5, two).subscribed(lab.topic("t"), 1);
            RawClient publisher = lab.connect(Version.V5);
            publisher.published(publish(lab.topic("t"), "first").qos(1), 1);
            publisher.published(publish(lab.topic("t"), new byte[LONG]).qos(1), 2);

            assertThat(held(gateway, Kind.QUEUES)).isBetween((double) LONG, 1.5 * LONG);
            shared.take();
            shared.take();
            assertThat(held(gateway, Kind.QUEUES)).as("for the other one").isGreaterThan(LONG);
            plain.take();
            plain.take();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(held(gateway, Kind.QUEUES)).isZero());
        }
        expectNothingHeld(gateway);
    }

    @Test
    void afterAnyChurnEveryKindIsAtZero() {
        try (Lab lab = new Lab(gateway)) {
            for (int i = 0; i < 5; i++) {
                churn(lab, VERSIONS.get(i % VERSIONS.size()), i);
            }
        }
        expectNothingHeld(gateway);
    }

    private void churn(Lab lab, Version version, int i) {
        String id = lab.id("c" + i);
        List<RawClient> stalled = new ArrayList<>();
        for (int reader = 0; reader < 4; reader++) {
            stalled.add(lab.over(TcpChannel.open(gateway.tcpPort(), 4_096), version)
                    .connected(lab.anonymous())
                    .subscribed(lab.topic("s"), reader % 2)
                    .subscribed(lab.shared("g", "s"), 1));
        }
        RawClient keeper = lab.connect(
                version, kept(id).will(publish(lab.topic("will/" + i), "gone").retained()));
        keeper.subscribed(lab.topic("#"), 2).subscribed(lab.shared("k", "+"), 1);
        RawClient publisher = lab.connect(version);
        for (int n = 1; n <= 60; n++) {
            publisher.send(publish(lab.topic(n % 3 == 0 ? "s" : "t" + n), new byte[LONG])
                    .atLeastOnce(n));
            publisher.expectAck(PUBACK, n);
        }
        publisher.send(publish(lab.topic("two"), "x").exactlyOnce(100)).expectAck(PUBREC, 100);
        publisher.send(Packets.ack(PacketType.PUBREL, 100)).expectAck(PacketType.PUBCOMP, 100);
        publisher.send(publish(lab.topic("two"), "y").exactlyOnce(101)).expectAck(PUBREC, 101);
        publisher.published(publish(lab.topic("kept/" + i), "r").retained().qos(1), 102);
        RawClient second = lab.connect(version, kept(id)); // takes over, with much in flight
        second.send(publish(lab.topic("again"), "x").exactlyOnce(9));
        second.send(unsubscribe(3, lab.topic("#")));
        second.close();
        stalled.get(0).close();
        stalled.get(1).send(subscribe(lab.topic("more"), 1));
        publisher.close();
        // Ended by a clean start; what is retained is cleared.
        lab.connect(version, connect(id)).disconnect();
        RawClient last = lab.connect(version);
        last.published(publish(lab.topic("kept/" + i), "").retained().qos(1), 1);
        last.published(publish(lab.topic("will/" + i), "").retained().qos(1), 2);
    }
}
