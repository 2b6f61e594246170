// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.limits;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code limits.message-rate} and {@code limits.byte-rate}: who sends too fast is read more slowly, and loses nothing. */
final class RateLimitTest {
    private static final String SLOWED = "mqtt_gateway_rate_limited_total{kind=\"rate\"}";

    private static List<String> numbers(int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add("m" + i);
        }
        return texts;
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static void sendAll(RawClient publisher, String topic, int count, int qos) {
        Outgoing[] all = new Outgoing[count];
        for (int i = 0; i < count; i++) {
            all[i] = publish(topic, "m" + i).qos(qos).packetId(qos == 0 ? 0 : i + 1);
        }
        publisher.send(all);
    }

    @Nested
    @OnGateway(
            value = {"limits.message-rate=100/s burst 20", "limits.byte-rate=64KiB/s burst 32KiB"},
            alone = true)
    final class WithRates {
        @ParameterizedTest
        @EnumSource
        void messagesBeyondTheRateComeLaterAndInOrder(ClientTransport transport, Lab lab) {
            RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient publisher = lab.open(Version.V5, transport).connected(lab.anonymous());
            double slowedBefore = lab.gateway().metric(SLOWED);

            long start = System.nanoTime();
            sendAll(publisher, lab.topic("a"), 120, 0);

            assertThat(subscriber.expectPublishes(120)).isEqualTo(numbers(120));
            assertThat(since(start))
                    .as("120 messages, 20 at once and 100 a second")
                    .isGreaterThan(Duration.ofMillis(800));
            assertThat(lab.gateway().metric(SLOWED)).isGreaterThan(slowedBefore);
            publisher.expectAlive();
        }

        @Test
        void everyMessageBeyondTheRateIsAcknowledged(Lab lab) {
            RawClient publisher = lab.connect(Version.V3_1_1);

            long start = System.nanoTime();
            sendAll(publisher, lab.topic("a"), 100, 1);

            for (int i = 1; i <= 100; i++) {
                publisher.expectAck(PacketType.PUBACK, i);
            }
            assertThat(since(start)).isGreaterThan(Duration.ofMillis(600));
        }

        @Test
        void bytesBeyondTheRateComeLater(Lab lab) {
            RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient publisher = lab.connect(Version.V5);
            Outgoing[] all = new Outgoing[16];
            for (int i = 0; i < all.length; i++) {
                all[i] = publish(lab.topic("a"), i + "x".repeat(8_192));
            }

            long start = System.nanoTime();
            publisher.send(all);

            for (int i = 0; i < all.length; i++) {
                assertThat(subscriber.expect(PacketType.PUBLISH).text()).startsWith(i + "x");
            }
            assertThat(since(start)).as("128 KiB, 32 at once and 64 a second").isGreaterThan(Duration.ofMillis(1_100));
        }

        @Test
        void clientIsSlowedAloneAndNotForOthers(Lab lab) {
            RawClient greedy = lab.connect(Version.V5);
            List<RawClient> others = List.of(lab.connect(Version.V5), lab.connect(Version.V5), lab.connect(Version.V5));
            sendAll(greedy, lab.topic("a"), 200, 1);

            long start = System.nanoTime();
            for (int i = 1; i <= 5; i++) {
                for (RawClient other : others) {
                    other.published(publish(lab.topic("b"), "x").qos(1), i);
                }
            }

            assertThat(since(start)).isLessThan(Duration.ofMillis(600));
        }
    }

    @Nested
    @OnGateway
    final class InDevelopment {
        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void thereIsNoRate(int qos, Lab lab) { // 500/s and 1 MiB/s otherwise
            RawClient subscriber = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient publisher = lab.connect(Version.V3_1_1);
            double slowedBefore = lab.gateway().metric(SLOWED);

            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                sendAll(publisher, lab.topic("a"), 150, qos);
                assertThat(subscriber.expectPublishes(150)).isEqualTo(numbers(150));
            }

            assertThat(since(start)).isLessThan(Duration.ofSeconds(4));
            assertThat(lab.gateway().metric(SLOWED)).isEqualTo(slowedBefore);
        }
    }
}
