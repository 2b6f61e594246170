// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.checker.WillBeforeSuccessor;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One name, one connection after the other, each of which displaces the one before, wherever that is, has a will, and says a word
 * as soon as it is accepted.
 */
final class Successor implements Runnable {
    private static final int MOST_MILLIS = 700;
    private static final long ANSWER_MILLIS = 5_000;

    private final String name;
    private final RoamingClient.Dialect dialect;
    private final Rig rig;
    private final Random random;
    private volatile boolean done;

    Successor(String name, RoamingClient.Dialect dialect, Rig rig, long seed) {
        this.name = name;
        this.dialect = dialect;
        this.rig = rig;
        this.random = new Random(seed ^ name.hashCode());
    }

    /** Has the present life be the last. Any thread. */
    void end() {
        done = true;
    }

    @Override
    public void run() {
        Line before = null;
        for (int life = 1; !done && !Thread.currentThread().isInterrupted(); life++) {
            try {
                Line line = rig.dial(rig.slot(random), dialect, () -> {});
                if (before != null) {
                    before.ignore();
                }
                Line displaced = before;
                before = line;
                live(line, life);
                if (displaced != null) {
                    displaced.close();
                }
                line.poll(random.nextInt(MOST_MILLIS));
            } catch (IOException | UncheckedIOException broken) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
        if (before != null) {
            before.close();
        }
    }

    private void live(Line line, int life) throws IOException {
        Publish will = published(WillBeforeSuccessor.WILL, life);
        // Some sessions go on, for a second; the others end with their displacement.
        line.send(Connect.connect(name)
                .cleanStart(random.nextBoolean())
                .with(Prop.SESSION_EXPIRY_INTERVAL, random.nextInt(2))
                .will(will.qos(2)));
        RoamingClient.accepted(line);
        line.send(published(WillBeforeSuccessor.WORD, life).exactlyOnce(1));
        await(line, PacketType.PUBREC);
        line.send(Packets.ack(PacketType.PUBREL, 1));
        await(line, PacketType.PUBCOMP);
    }

    private Publish published(String what, int life) {
        String topic = "will/" + name + "/" + life + what;
        byte[] payload = Payload.of(name + what, life);
        rig.history()
                .add(now -> new Event.Published(
                        now, name + what, life, topic, 2, false, Arrays.hashCode(payload), "", life));
        return Publish.publish(topic, payload);
    }

    private static void await(Line line, PacketType type) throws IOException {
        while (RoamingClient.await(line, ANSWER_MILLIS).type() != type) {
            // what the session before had under way
        }
    }
}
