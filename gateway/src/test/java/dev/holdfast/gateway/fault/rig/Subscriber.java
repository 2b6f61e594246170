// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Takes what comes, as MQTT wants it taken, and moves to another gateway when it is told to. */
final class Subscriber extends RoamingClient {
    private static final long IDLE_MILLIS = 1_000;
    private static final int MOST_IDLE = 4;

    private final List<String> filters;
    private final Set<Integer> unreleased = new HashSet<>();
    private volatile boolean toMove;
    private volatile boolean done;

    Subscriber(String id, Dialect dialect, List<String> filters, Rig rig, long seed) {
        super(id, dialect, rig, seed);
        this.filters = filters;
    }

    /** Subscribes, and returns when all of it is granted. */
    void subscribe() {
        for (String filter : filters) {
            stay(at -> {
                at.send(Subscribe.subscribe(filter, 2));
                while (true) {
                    Packet packet = await(at, 5_000);
                    if (packet.type() == PacketType.SUBACK) {
                        history.add(now -> new Event.Subscribed(now, id, filter));
                        return;
                    }
                    take(at, packet);
                }
            });
        }
    }

    /** Takes messages until it is told to end. */
    void receive() {
        while (!done && !Thread.currentThread().isInterrupted()) {
            stay(at -> {
                int idle = 0;
                while (!done && !toMove) {
                    Packet packet = at.poll(IDLE_MILLIS);
                    if (packet == null) {
                        if (++idle > MOST_IDLE) {
                            throw new IOException("not even PINGRESP");
                        }
                        at.send(Packets.PINGREQ);
                    } else {
                        idle = 0;
                        take(at, packet);
                    }
                }
            });
            if (toMove) {
                toMove = false;
                move();
            }
        }
    }

    /** Has it go on at another gateway soon. Any thread. */
    void moveSoon() {
        toMove = true;
    }

    /** Has it take nothing more. Any thread. */
    void end() {
        done = true;
    }

    private void take(Line at, Packet packet) throws IOException {
        switch (packet.type()) {
            case PUBLISH -> {
                boolean again = packet.qos() == 2 && !unreleased.add(packet.packetId());
                note(packet, again);
                if (packet.qos() > 0) {
                    at.send(Packets.ack(packet.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, packet.packetId()));
                }
            }
            case PUBREL -> {
                unreleased.remove(packet.packetId());
                at.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
            }
            case PINGRESP -> {}
            default -> throw new IOException("sent away: " + packet);
        }
    }

    private void note(Packet packet, boolean again) {
        String text = packet.text();
        String publisher = Payload.publisher(text);
        int number = Payload.number(text);
        history.add(now -> new Event.Delivered(
                now,
                id,
                lineNumber(),
                publisher,
                number,
                packet.topic(),
                packet.qos(),
                packet.isDup(),
                packet.packetId(),
                again,
                Arrays.hashCode(packet.payload())));
    }
}
