// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** Publishes numbered messages, a window at a time, each as often as it takes, and notes when it is acknowledged. */
final class Publisher extends RoamingClient {
    private static final int MOST_IDS = 60_000;
    private static final long PATIENCE_MILLIS = 4_000;

    private final IntFunction<String> topics;
    private final int qos;
    private final boolean retain;
    private final int window;
    private volatile int acked;
    private volatile boolean done;

    /** A publisher of one topic. */
    Publisher(String id, Dialect dialect, int qos, Rig rig, long seed) {
        this(id, dialect, number -> "rig/" + id, qos, false, 16, rig, seed);
    }

    /** A publisher of retained messages to several topics, one at a time. */
    static Publisher keeper(String id, Dialect dialect, int topics, Rig rig, long seed) {
        return new Publisher(id, dialect, number -> "keep/" + number % topics, 1, true, 1, rig, seed);
    }

    private Publisher(
            String id,
            Dialect dialect,
            IntFunction<String> topics,
            int qos,
            boolean retain,
            int window,
            Rig rig,
            long seed) {
        super(id, dialect, rig, seed);
        this.topics = topics;
        this.qos = qos;
        this.retain = retain;
        this.window = window;
    }

    /** How many have been acknowledged, from number 1 on. Any thread. */
    int acked() {
        return acked;
    }

    /** Has it publish nothing more. Any thread. */
    void end() {
        done = true;
    }

    /** Goes on until so many have been acknowledged, so many a second at the most. */
    void publish(int upTo, int perSecond) {
        long step = TimeUnit.SECONDS.toNanos(1) * window / perSecond;
        long next = System.nanoTime();
        while (acked < upTo && !done && !Thread.currentThread().isInterrupted()) {
            batch(Math.min(upTo, acked + window));
            long now = System.nanoTime();
            next = Math.max(next + step, now - step);
            LockSupport.parkNanos(next - now);
        }
    }

    /** Takes its retained messages back. */
    void clear(int count) {
        for (int i = 0; i < count && !Thread.currentThread().isInterrupted(); i++) {
            int number = acked + 1;
            stay(at -> {
                at.send(Publish.publish(topics.apply(number), "")
                        .retained()
                        .qos(1)
                        .packetId(1));
                while (await(at, PATIENCE_MILLIS).type() != PacketType.PUBACK) {
                    // What came late for an earlier one.
                }
            });
            acked = number;
        }
    }

    private void batch(int upTo) {
        // By number: whether PUBREC has come.
        Map<Integer, Boolean> open = new TreeMap<>();
        for (int number = acked + 1; number <= upTo; number++) {
            open.put(number, false);
        }
        int[] again = {0};
        stay(at -> {
            for (Map.Entry<Integer, Boolean> each : open.entrySet()) {
                if (each.getValue()) {
                    at.send(Packets.ack(PacketType.PUBREL, packetId(each.getKey())));
                } else {
                    send(at, each.getKey(), again[0] > 0);
                }
            }
            again[0]++;
            while (!open.isEmpty()) {
                take(at, open);
            }
        });
        if (open.isEmpty()) {
            acked = upTo;
        }
    }

    private void send(Line at, int number, boolean again) throws IOException {
        String topic = topics.apply(number);
        byte[] payload = Payload.of(id, number);
        history.add(now -> new Event.Published(
                now, id, number, topic, qos, retain, Arrays.hashCode(payload), gateway(), lineNumber()));
        Publish publish = Publish.publish(topic, payload).qos(qos).packetId(packetId(number));
        if (retain) {
            publish.retained();
        }
        if (again) {
            publish.duplicate();
        }
        at.send(publish);
    }

    private void take(Line at, Map<Integer, Boolean> open) throws IOException {
        Packet packet = await(at, PATIENCE_MILLIS);
        Optional<Integer> its = open.keySet().stream()
                .filter(number -> packetId(number) == packet.packetId())
                .findFirst();
        if (its.isEmpty()) {
            return;
        }
        int number = its.get();
        if (packet.reason() >= 0x80 && packet.reason() != 0x92) {
            throw new IOException("refused: " + packet);
        }
        if (packet.type() == PacketType.PUBREC) {
            open.put(number, true);
            at.send(Packets.ack(PacketType.PUBREL, packet.packetId()));
        } else {
            open.remove(number);
            history.add(now -> new Event.Acked(now, id, number, gateway(), lineNumber()));
        }
    }

    private static int packetId(int number) {
        return number % MOST_IDS + 1;
    }
}
