// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code mqtt_gateway_publish_delivered_total} is the number of PUBLISH packets that have left, by QoS, whatever brought
 * them to the client. It counted what the router gave to sessions, so that retained messages, queues, resumes and other
 * gateways were left out, and what was dropped counted as delivered.
 */
final class DeliveredMetricTest {
    private static final int COUNT = 5;
    private static Cluster cluster;
    private static GatewayProcess gateway;
    private static GatewayProcess other;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        gateway = cluster.gateway();
        other = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static double[] delivered() {
        return IntStream.range(0, 3)
                .mapToDouble(qos -> gateway.metric("mqtt_gateway_publish_delivered_total{qos=\"" + qos + "\"}"))
                .toArray();
    }

    /** So many more at one QoS, none at another, and as many packets sent. */
    private static void assertDelivered(double[] before, int qos, int more) {
        await().untilAsserted(() -> {
            double[] after = delivered();
            for (int each = 0; each < 3; each++) {
                assertThat(after[each] - before[each]).as("at QoS %s", each).isEqualTo(each == qos ? more : 0);
            }
            assertThat(gateway.metric("mqtt_gateway_packets_sent_total{type=\"publish\"}"))
                    .isEqualTo(after[0] + after[1] + after[2]);
        });
    }

    private static void publishAll(Lab lab, Publish... messages) {
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < messages.length; i++) {
            publisher.published(messages[i], 1 + i);
        }
    }

    private static Publish[] messages(String topic, int qos) {
        return IntStream.range(0, COUNT)
                .mapToObj(i -> publish(topic, "m" + i).qos(qos))
                .toArray(Publish[]::new);
    }

    private static void take(RawClient subscriber) {
        for (int i = 0; i < COUNT; i++) {
            subscriber.take();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void countsWhatGoesToLiveSubscribers(int qos) {
        try (Lab lab = new Lab(gateway)) {
            RawClient clean = lab.connect(Version.V5).subscribed(lab.topic("t"), 2);
            RawClient stored = lab.connect(Version.V3_1_1, kept(lab.id("s"))).subscribed(lab.topic("t"), 2);
            double[] before = delivered();

            publishAll(lab, messages(lab.topic("t"), qos));
            take(clean);
            take(stored);

            assertDelivered(before, qos, 2 * COUNT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void countsWhatComesOutOfAQueueAndNotWhatGoesIn(int qos) {
        try (Lab lab = new Lab(gateway)) {
            lab.connect(Version.V5, kept(lab.id("s")))
                    .subscribed(lab.topic("t"), 2)
                    .disconnect();
            double[] before = delivered();

            publishAll(lab, messages(lab.topic("t"), qos));
            assertDelivered(before, qos, 0);
            take(lab.connect(Version.V5, kept(lab.id("s"))));

            assertDelivered(before, qos, COUNT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void countsRetainedMessages(int qos) {
        try (Lab lab = new Lab(gateway)) {
            publishAll(
                    lab,
                    IntStream.range(0, COUNT)
                            .mapToObj(i ->
                                    publish(lab.topic("r" + i), "m").qos(qos).retained())
                            .toArray(Publish[]::new));
            double[] before = delivered();

            take(lab.connect(Version.V5).subscribed(lab.topic("+"), 2));
            take(lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("+"), 2));

            assertDelivered(before, qos, 2 * COUNT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void countsWhatGoesToAMemberOfASharedSubscription(int qos) {
        try (Lab lab = new Lab(gateway)) {
            RawClient clean = lab.connect(Version.V5).subscribed(lab.shared("g", "t"), 2);
            RawClient stored = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.shared("h", "t"), 2);
            double[] before = delivered();

            publishAll(lab, messages(lab.topic("t"), qos));
            take(clean);
            take(stored);

            assertDelivered(before, qos, 2 * COUNT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void countsWhatIsSentAgainWhenASessionIsResumed(int qos) {
        try (Lab lab = new Lab(gateway)) {
            RawClient before = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("t"), 2);
            publishAll(lab, messages(lab.topic("t"), qos));
            before.expectPublishes(COUNT);
            before.vanish();
            double[] count = delivered();

            take(lab.connect(Version.V5, kept(lab.id("s"))));

            assertDelivered(count, qos, COUNT);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void countsWhatAnotherGatewayHasPublished(int qos) {
        try (Lab lab = new Lab(gateway);
                Lab there = new Lab(other)) {
            RawClient clean = lab.connect(Version.V5).subscribed(lab.topic("t"), 2);
            RawClient stored = lab.connect(Version.V5, kept(lab.id("s"))).subscribed(lab.topic("t"), 2);
            double[] before = delivered();

            publishAll(there, messages(lab.topic("t"), qos));
            take(clean);
            take(stored);

            assertDelivered(before, qos, 2 * COUNT);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void doesNotCountWhatIsNotSent(Version version) {
        try (Lab lab = new Lab(gateway)) {
            RawClient subscriber = version.isV5()
                    ? lab.connect(Version.V5, lab.anonymous().with(Prop.MAXIMUM_PACKET_SIZE, 60))
                    : lab.connect(version);
            subscriber.subscribed(lab.topic("t"), 1);
            double[] before = delivered();

            publishAll(
                    lab,
                    publish(lab.topic("t"), "x".repeat(100)).qos(1),
                    publish(lab.topic("nobody"), "m").qos(1),
                    publish(lab.topic("t"), "m").qos(1));
            if (!version.isV5()) {
                subscriber.take();
            }
            assertThat(subscriber.take().text()).isEqualTo("m");

            assertDelivered(before, 1, version.isV5() ? 1 : 2);
        }
    }
}
