// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.checker.Event.End;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One short life after the other, each under a name of its own and with a will; half of them end without DISCONNECT. */
final class Mourner implements Runnable {
    private static final int MOST_MILLIS = 1_500;
    private static final long CLOSE_MILLIS = 2_000;
    private static final long STORE_MILLIS = 2_000;

    private final String name;
    private final RoamingClient.Dialect dialect;
    private final Rig rig;
    private final Random random;
    private volatile boolean done;

    Mourner(String name, RoamingClient.Dialect dialect, Rig rig, long seed) {
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
        for (int life = 1; !done && !Thread.currentThread().isInterrupted(); life++) {
            try {
                live(name + "-" + life);
            } catch (IOException | UncheckedIOException notBorn) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    private void live(String id) throws IOException {
        String topic = "will/" + id;
        byte[] payload = Payload.of(id, 1);
        // Some of them are kept sessions, for a second.
        Connect connect = Connect.connect(id).with(Prop.SESSION_EXPIRY_INTERVAL, random.nextInt(2));
        boolean withDisconnect = random.nextBoolean();
        long millis = 50L + random.nextInt(MOST_MILLIS);
        Line line = rig.dial(rig.slot(random), dialect, () -> {});
        try {
            line.send(connect.will(Publish.publish(topic, payload).qos(2)));
            // From here on it may have a will, whether it hears of it or not; only a life that it knows of is told.
            rig.history().add(now -> new Event.Armed(now, id, topic, Arrays.hashCode(payload)));
            RoamingClient.accepted(line);
            End how = End.ABNORMAL;
            boolean alive = stay(line, millis);
            if (alive && withDisconnect) {
                how = goodbye(line, id);
            }
            End known = how;
            rig.history().add(now -> new Event.Ended(now, id, known));
        } finally {
            line.close();
        }
    }

    private static boolean stay(Line line, long millis) throws IOException {
        try {
            line.poll(millis);
            return true;
        } catch (EOFException killed) {
            return false;
        }
    }

    /** Whether the gateway has taken the DISCONNECT is known only if it closes soon, and nothing is broken. */
    private End goodbye(Line line, String id) {
        Rig.Calm calm = rig.calm();
        try {
            line.send(Packets.disconnect());
            line.poll(CLOSE_MILLIS);
        } catch (EOFException closed) {
            return isTold(id, calm) ? End.CLEAN : End.UNKNOWN;
        } catch (IOException broken) {
            return End.UNKNOWN;
        }
        return End.UNKNOWN;
    }

    /** If the gateway dies before it has told the store, the will is published, and rightly so. */
    private boolean isTold(String id, Rig.Calm calm) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STORE_MILLIS);
        while (calm.lasts() && System.nanoTime() < until) {
            if (!rig.isServed(id)) {
                return calm.lasts();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return false;
    }
}
