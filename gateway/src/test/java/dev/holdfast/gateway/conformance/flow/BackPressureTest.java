// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.flow;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Channel;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that do not read: neither the heap nor anybody else pays for them. */
final class BackPressureTest {
    private static final String DROPPED = "mqtt_gateway_messages_dropped_total{cause=\"slow\"}";

    /** What a client can flood the gateway with, and how the answers look. */
    enum Flood {
        PINGREQ {
            @Override
            byte[] packet(Lab lab) {
                return Packets.PINGREQ.encode(Version.V3_1_1);
            }

            @Override
            int answerBytes() {
                return 2;
            }
        },
        QOS_1_PUBLISH {
            @Override
            byte[] packet(Lab lab) {
                return publish("f", "").atLeastOnce(7).encode(Version.V3_1_1);
            }

            @Override
            int answerBytes() {
                return 4;
            }
        };

        abstract byte[] packet(Lab lab);

        abstract int answerBytes();
    }

    private static RawClient slowReader(Lab lab, Version version) {
        return lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), version)
                .connected(lab.anonymous().keepAlive(0));
    }

    private static void flood(RawClient publisher, String topic, int payloadBytes, int count) {
        Outgoing[] burst = new Outgoing[10];
        Arrays.fill(burst, publish(topic, new byte[payloadBytes]));
        for (int sent = 0; sent < count; sent += burst.length) {
            publisher.send(burst);
        }
        publisher.expectAlive();
    }

    private static void expectSlowConsumerLogged(Lab lab, String clientId) {
        await().atMost(Duration.ofSeconds(8))
                .until(() -> lab.gateway().hasLogged("closed", clientId, "reason=\"slow_consumer\""));
    }

    @Nested
    @OnGateway(
            value = {"limits.outbound-drop-bytes=64KiB", "limits.outbound-close-bytes=256KiB"},
            jvm = "-Xmx64m",
            alone = true)
    final class WithPatience {
        private static final int MOST_BYTES = 48_000_000;

        @ParameterizedTest
        @EnumSource
        void clientThatDoesNotReadItsAnswersIsNotReadEitherUntilItDoes(Flood flood, Lab lab) throws Exception {
            RawClient greedy = slowReader(lab, Version.V3_1_1);
            byte[] packet = flood.packet(lab);
            byte[] burst = new byte[packet.length * (16_384 / packet.length)];
            for (int i = 0; i < burst.length; i += packet.length) {
                System.arraycopy(packet, 0, burst, i, packet.length);
            }
            AtomicInteger bursts = new AtomicInteger();
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                while (!enough.get() && bursts.get() * burst.length < MOST_BYTES) {
                    greedy.sendBytes(burst);
                    bursts.incrementAndGet();
                }
            });

            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(400))
                    .until(new Standstill(bursts)::isReached);
            assertThat(writer).as("the gateway has stopped reading").isNotDone();
            lab.connect(Version.V5).expectAlive();
            enough.set(true);

            long answers = readUntilSilent(greedy.channel(), writer);

            writer.get(1, TimeUnit.SECONDS);
            assertThat(answers).isEqualTo((long) bursts.get() * (burst.length / packet.length) * flood.answerBytes());
            greedy.expectAlive();
        }

        @ParameterizedTest
        @EnumSource
        void subscriberThatDoesNotReadLosesQos0AndEachLossIsCounted(Version version, Lab lab) {
            int count = 1_500;
            RawClient publisher = lab.connect(version);
            RawClient slow = slowReader(lab, version)
                    .subscribed(lab.topic("flood"), 0)
                    .subscribed(Subscribe.subscribe(2).to(lab.topic("end"), 1));
            double before = lab.gateway().metric(DROPPED);

            flood(publisher, lab.topic("flood"), 8_000, count);
            publisher.published(publish(lab.topic("end"), "end").qos(1), 1);

            int received = 0;
            while (slow.take().qos() == 0) {
                received++;
            }
            double dropped = lab.gateway().metric(DROPPED) - before;
            assertThat(dropped).isPositive();
            assertThat(received + dropped).isEqualTo(count);
            slow.expectAlive();
        }
    }

    @Nested
    @OnGateway(
            value = {"limits.outbound-drop-bytes=64KiB", "limits.outbound-close-bytes=64KiB"},
            jvm = "-Xmx64m",
            alone = true)
    final class WithASmallCloseBound {
        @ParameterizedTest
        @EnumSource(names = {"V3_1_1", "V5"})
        void subscriberWithMoreWaitingThanTheBoundIsClosed(Version version, Lab lab) { // outbound-close-bytes
            RawClient slow = lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), version)
                    .connected(Connect.connect(lab.id("slow")))
                    .subscribed(lab.topic("flood"), 0);
            RawClient publisher = lab.connect(Version.V5);

            flood(publisher, lab.topic("flood"), 60_000, 200);

            expectSlowConsumerLogged(lab, lab.id("slow"));
            await().until(() -> !slow.trySend(Packets.PINGREQ));
            publisher.expectAlive();
        }
    }

    @Nested
    @OnGateway(
            value = {"limits.outbound-drop-bytes=64KiB", "limits.write-stall=1s"},
            jvm = "-Xmx64m",
            alone = true)
    final class WithAShortStall {
        @Test
        void subscriberThatTakesNothingForTooLongIsClosed(Lab lab) { // write-stall
            RawClient slow = lab.over(TcpChannel.open(lab.gateway().tcpPort(), 4_096), Version.V5)
                    .connected(Connect.connect(lab.id("slow")))
                    .subscribed(lab.topic("flood"), 0);
            RawClient publisher = lab.connect(Version.V5);

            flood(publisher, lab.topic("flood"), 8_000, 1_000);

            expectSlowConsumerLogged(lab, lab.id("slow"));
            await().until(() -> !slow.trySend(Packets.PINGREQ));
            publisher.expectAlive();
        }
    }

    /** Whether a number is the same as at the last look, and not zero. */
    private static final class Standstill {
        private final AtomicInteger number;
        private int last;

        Standstill(AtomicInteger number) {
            this.number = number;
        }

        boolean isReached() {
            int now = number.get();
            boolean same = now > 0 && now == last;
            last = now;
            return same;
        }
    }

    private static long readUntilSilent(Channel channel, CompletableFuture<Void> writer) throws IOException {
        byte[] buffer = new byte[65_536];
        long bytes = 0;
        while (true) {
            boolean wasDone = writer.isDone();
            try {
                int count = channel.read(buffer, 700);
                if (count < 0) {
                    return bytes;
                }
                bytes += count;
            } catch (SocketTimeoutException silent) {
                if (wasDone) {
                    return bytes;
                }
            }
        }
    }
}
