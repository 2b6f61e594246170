// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Asks now here, now there for the retained message of a topic. */
final class RetainedReader implements Runnable {
    private static final long PATIENCE_MILLIS = 5_000;
    private static final long REST_MILLIS = 400;

    private final String name;
    private final RoamingClient.Dialect dialect;
    private final int topics;
    private final Rig rig;
    private final Random random;
    private volatile boolean done;

    RetainedReader(String name, RoamingClient.Dialect dialect, int topics, Rig rig, long seed) {
        this.name = name;
        this.dialect = dialect;
        this.topics = topics;
        this.rig = rig;
        this.random = new Random(seed ^ name.hashCode());
    }

    /** Has it ask no more. Any thread. */
    void end() {
        done = true;
    }

    @Override
    public void run() {
        for (int turn = 0; !done && !Thread.currentThread().isInterrupted(); turn++) {
            try (Line line = rig.dial(rig.slot(random), dialect, () -> {})) {
                line.send(Connect.connect(name + turn % 8));
                RoamingClient.accepted(line);
                ask(line, "keep/" + random.nextInt(topics));
            } catch (IOException | UncheckedIOException broken) {
                // Nothing was found out.
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REST_MILLIS));
        }
    }

    private void ask(Line line, String topic) throws IOException {
        Rig.Calm calm = rig.calm();
        rig.history().add(now -> new Event.Reading(now, name, topic));
        line.send(Subscribe.subscribe(topic, 1));
        RoamingClient.await(line, PATIENCE_MILLIS);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (System.nanoTime() < until) {
            Packet packet = line.poll(PATIENCE_MILLIS);
            // What is published meanwhile is newer: the retained message is then not sent any more.
            if (packet != null && packet.type() == PacketType.PUBLISH) {
                String text = packet.text();
                found(topic, Payload.publisher(text), Payload.number(text));
                return;
            }
        }
        if (calm.lasts()) {
            found(topic, "", 0);
        }
    }

    private void found(String topic, String publisher, int number) {
        rig.history().add(now -> new Event.Found(now, name, topic, publisher, number));
    }
}
