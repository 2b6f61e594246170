// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Watches all retained topics in quiet times, now here, now there, and asks for them again and again while it does. */
final class RetainedWatcher implements Runnable {
    /** What was on its way when the last fault was mended has come by then. */
    private static final long SETTLED_MILLIS = 2_000;

    private static final int ROUNDS = 6;
    private static final long ROUND_MILLIS = 250;
    private static final long REST_MILLIS = 500;

    private final String name;
    private final RoamingClient.Dialect dialect;
    private final Rig rig;
    private final Random random;
    private volatile boolean done;

    RetainedWatcher(String name, RoamingClient.Dialect dialect, Rig rig, long seed) {
        this.name = name;
        this.dialect = dialect;
        this.rig = rig;
        this.random = new Random(seed ^ name.hashCode());
    }

    /** Has it watch no more. Any thread. */
    void end() {
        done = true;
    }

    @Override
    public void run() {
        for (int turn = 0; !done && !Thread.currentThread().isInterrupted(); turn++) {
            Rig.Calm calm = rig.calm();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(calm.lasts() ? SETTLED_MILLIS : REST_MILLIS));
            if (!calm.lasts()) {
                continue;
            }
            try (Line line = rig.dial(rig.slot(random), dialect, () -> {})) {
                line.send(Connect.connect(name + turn % 8));
                RoamingClient.accepted(line);
                for (int round = 0; !done && round < ROUNDS; round++) {
                    line.send(Subscribe.subscribe("keep/+", 1));
                    watch(line, turn, calm);
                }
            } catch (IOException | UncheckedIOException broken) {
                // Nothing was shown.
            }
        }
    }

    private void watch(Line line, int turn, Rig.Calm calm) throws IOException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ROUND_MILLIS);
        for (long left = ROUND_MILLIS; left > 0; left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())) {
            Packet packet = line.poll(left);
            if (packet != null && packet.type() == PacketType.PUBLISH) {
                if (packet.qos() == 1) {
                    line.send(Packets.ack(PacketType.PUBACK, packet.packetId()));
                }
                int number = Payload.number(packet.text());
                if (calm.lasts()) {
                    rig.history().add(now -> new Event.Shown(now, name, turn, packet.topic(), number));
                }
            }
        }
    }
}
