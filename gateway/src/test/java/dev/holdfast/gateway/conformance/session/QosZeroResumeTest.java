// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Deployment;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * QoS 0 for a kept session whose client comes and goes: what one publisher sends on one topic arrives in its order
 * [MQTT-4.6.0-6]. With Redis messages were still on their way into the queue, or stood in it unknown to the session that
 * had just come, when the next one was sent past them.
 */
final class QosZeroResumeTest {
    private static final int RESUMES = 25;

    /** Publishes numbers without a pause for thought until it is closed. */
    private static final class Counting implements AutoCloseable {
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Thread thread;

        Counting(RawClient publisher, String topic) {
            thread = new Thread(() -> {
                for (int number = 0; !ended.get(); number += 2) {
                    publisher.send(publish(topic, "" + number), publish(topic, "" + (number + 1)));
                    LockSupport.parkNanos(500_000);
                }
            });
            thread.start();
        }

        @Override
        public void close() throws InterruptedException {
            ended.set(true);
            thread.join();
        }
    }

    @ParameterizedTest
    @CsvSource({"MEMORY,2", "REDIS,1", "REDIS,3", "TWO_GATEWAYS,1", "TWO_GATEWAYS,2"})
    void nothingOvertakesWhileTheClientComesAndGoes(Deployment stores, int ioThreads) throws Exception {
        try (Deployment.Gateways gateways = stores.start("listeners.io-threads=" + ioThreads);
                Lab lab = new Lab(gateways.here());
                Lab there = new Lab(gateways.there())) {
            lab.connect(Version.V5, kept(lab.id("s")))
                    .subscribed(lab.topic("t"), 0)
                    .disconnect();
            List<Integer> received = new ArrayList<>();

            try (Counting counting = new Counting(there.connect(Version.V5), lab.topic("t"))) {
                for (int i = 0; i < RESUMES; i++) {
                    RawClient subscriber = lab.connect(Version.V5, kept(lab.id("s")));
                    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20 + i % 5 * 10);
                    do {
                        received.add(Integer.parseInt(
                                subscriber.expect(PacketType.PUBLISH).text()));
                    } while (System.nanoTime() < until);
                    goes(subscriber, i % 2 == 0, received);
                }
            }

            assertThat(received).isSorted().doesNotHaveDuplicates();
            assertThat(received).hasSizeGreaterThan(RESUMES);
        }
    }

    /** Takes all that the gateway has sent, up to its close. */
    private static void goes(RawClient subscriber, boolean says, List<Integer> received) throws Exception {
        if (says) {
            subscriber.send(Packets.disconnect());
        } else {
            ((TcpChannel) subscriber.channel()).shutdownOutput();
        }
        for (Packet packet = subscriber.next(); packet != null; packet = subscriber.next()) {
            received.add(Integer.parseInt(packet.text()));
        }
        subscriber.close();
    }
}
