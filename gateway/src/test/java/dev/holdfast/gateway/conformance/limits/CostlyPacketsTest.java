// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packets that cost much are dealt with a slice at a time, do the same as others, and count for the rate of their client. */
final class CostlyPacketsTest {
    private static final int TINY_FILTERS = 60_000;
    private static final String SUBSCRIPTIONS = "mqtt_gateway_subscriptions";

    private static Subscribe wildcards(Lab lab, int levels, String end) {
        Subscribe packet = subscribe(1);
        for (int bits = 0; bits < 1 << levels; bits++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < levels; level++) {
                filter.append((bits >> level & 1) == 0 ? "a/" : "+/");
            }
            packet.to(lab.topic(filter + end), 1);
        }
        return packet;
    }

    private static Subscribe tiny(Lab lab) {
        String[] filters = new String[TINY_FILTERS + 1];
        Arrays.fill(filters, "a");
        filters[TINY_FILTERS] = lab.topic("last");
        return unsubscribe(7, filters);
    }

    @Nested
    @OnGateway
    final class DealtWithBySlices {
        @Test
        void messageThatThousandFiltersOfASessionMatchComesOnce(Lab lab) {
            RawClient subscriber = lab.connect(Version.V5);
            subscriber.send(wildcards(lab, 10, "zz")).expect(SUBACK);
            RawClient publisher = lab.connect(Version.V5);
            String levels = "a/".repeat(10);

            publisher.send(
                    publish(lab.topic(levels + "none"), "nobody's").atLeastOnce(1),
                    publish(lab.topic(levels + "zz"), "m1").atLeastOnce(2),
                    publish(lab.topic(levels + "zz"), "m2").atLeastOnce(3));

            assertThat(publisher.expect(PUBACK).reason()).isEqualTo(Reason.NO_MATCHING_SUBSCRIBERS);
            publisher.expectAck(PUBACK, 2);
            publisher.expectAck(PUBACK, 3);
            assertThat(subscriber.expectPublishes(2)).containsExactly("m1", "m2");
            subscriber.expectAlive();
        }

        /** Each of 600 groups has one member: to serve them takes more than a turn. */
        @Test
        void messagesToALargeAudienceKeepTheirOrder(Lab lab) { // [MQTT-4.6.0-6]
            RawClient subscriber = lab.connect(Version.V5);
            Subscribe groups = subscribe(1);
            for (int i = 0; i < 600; i++) {
                groups.to(lab.shared("g" + i, "t"), 0);
            }
            subscriber.send(groups).expect(SUBACK);
            RawClient publisher = lab.connect(Version.V5);

            publisher.send(
                    publish(lab.topic("t"), "m1").atLeastOnce(1),
                    publish(lab.topic("t"), "m2").atLeastOnce(2),
                    publish(lab.topic("t"), "m3").atLeastOnce(3));

            List<String> expected = new ArrayList<>();
            for (String message : List.of("m1", "m2", "m3")) {
                expected.addAll(Collections.nCopies(600, message));
            }
            assertThat(subscriber.expectPublishes(1_800)).isEqualTo(expected);
            for (int i = 1; i <= 3; i++) {
                publisher.expectAck(PUBACK, i);
            }
        }

        @ParameterizedTest
        @EnumSource
        void unsubscribeOfTensOfThousandsOfFiltersIsAnsweredAndHoldsUpNobody(Version version, Lab lab) {
            RawClient client = lab.connect(version).subscribed(lab.topic("last"), 0);
            RawClient other = lab.connect(version);

            client.send(tiny(lab));
            other.expectAlive();

            Packet unsuback = client.expect(UNSUBACK);
            if (version.isV5()) {
                assertThat(unsuback.reasons())
                        .hasSize(TINY_FILTERS + 1)
                        .endsWith(0)
                        .startsWith(0x11);
            }
            client.send(publish(lab.topic("last"), "nobody's"));
            client.expectAlive();
        }
    }

    @Nested
    @OnGateway(alone = true)
    final class CountedAsSubscriptions {
        @Test
        void unsubscribeCountsThoughItsClientLeavesAtOnce(Lab lab) {
            expectSubscriptions(lab, 0);
            RawClient client =
                    lab.connect(Version.V5, Connect.kept(lab.id("c"))).subscribed(lab.topic("last"), 1);
            expectSubscriptions(lab, 1);

            client.send(tiny(lab));
            client.close();

            expectSubscriptions(lab, 0);
        }

        private void expectSubscriptions(Lab lab, int count) {
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(lab.gateway().metric(SUBSCRIPTIONS)).isEqualTo(count));
        }
    }

    @Nested
    @OnGateway(value = "limits.message-rate=100/s burst 20", alone = true)
    final class CountedForTheRate {
        private static final Duration A_HUNDRED_MESSAGES = Duration.ofMillis(700);

        private void expectSlowed(RawClient client, long startNanos) {
            client.send(Packets.PINGREQ).expect(PINGRESP);
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                    .as("100 filters count as 100 messages, 20 of which may come at once")
                    .isGreaterThan(A_HUNDRED_MESSAGES);
        }

        @Test
        void subscribeCountsByItsFilters(Lab lab) {
            RawClient client = lab.connect(Version.V5);
            Subscribe packet = subscribe(1);
            for (int i = 0; i < 100; i++) {
                packet.to(lab.topic("f" + i), 0);
            }

            long start = System.nanoTime();
            client.send(packet).expect(SUBACK);

            expectSlowed(client, start);
        }

        @Test
        void unsubscribeCountsByItsFilters(Lab lab) {
            RawClient client = lab.connect(Version.V3_1_1);
            String[] filters = new String[100];
            Arrays.setAll(filters, i -> lab.topic("f" + i));

            long start = System.nanoTime();
            client.send(unsubscribe(1, filters)).expect(UNSUBACK);

            expectSlowed(client, start);
        }

        @Test
        void pingCounts(Lab lab) {
            RawClient client = lab.connect(Version.V5);
            Outgoing[] pings = new Outgoing[119];
            Arrays.fill(pings, Packets.PINGREQ);

            long start = System.nanoTime();
            client.send(pings);
            for (int i = 0; i < pings.length; i++) {
                client.expect(PINGRESP);
            }

            expectSlowed(client, start);
        }

        /** Some 1,000 branches are followed in vain for each. */
        @Test
        void messageCountsByWhatItTakesToFindWhomItIsFor(Lab lab) {
            RawClient subscriber = lab.connect(Version.V5);
            subscriber.send(wildcards(lab, 10, "zz")).expect(SUBACK);
            RawClient publisher = lab.connect(Version.V5);

            long start = System.nanoTime();
            for (int i = 1; i <= 40; i++) {
                publisher
                        .send(publish(lab.topic("a/".repeat(10) + "n" + i), "x").atLeastOnce(i))
                        .expectAck(PUBACK, i);
            }

            expectSlowed(publisher, start);
        }
    }
}
