// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A client with a kept session that stays at no gateway: whatever breaks, it comes back to the next one and goes on as
 * MQTT wants it. On one thread.
 */
final class Traveller {
    private static final int WINDOW = 16;

    private final String clientId;
    private final IntFunction<Integer> ports;
    private final History history;
    private final boolean kept;
    private boolean everConnected;
    private int turn;
    private @Nullable RawClient client;

    /**
     * A client.
     *
     * @param ports the port to try at the n-th attempt
     * @param kept whether session present is checked
     */
    Traveller(String clientId, IntFunction<Integer> ports, History history, boolean kept) {
        this.clientId = clientId;
        this.ports = ports;
        this.history = history;
        this.kept = kept;
    }

    /** What a client does with a connection; called again with another one when it fails. */
    private interface Stay {
        void at(RawClient connected);
    }

    private void travel(Stay stay) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                RawClient connected = connect();
                stay.at(connected);
                return;
            } catch (AssertionError | UncheckedIOException | IllegalStateException broken) {
                leave();
                // A gateway that is not there refuses at once.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private RawClient connect() {
        RawClient known = client;
        if (known != null) {
            return known;
        }
        RawClient fresh = new RawClient(TcpChannel.open(ports.apply(turn++)), Version.V5);
        client = fresh;
        fresh.connected(Connect.kept(clientId));
        if (kept) {
            history.add(new History.Connected(
                    clientId, !everConnected, fresh.connack().isSessionPresent()));
        }
        everConnected = true;
        return fresh;
    }

    void leave() {
        RawClient known = client;
        client = null;
        if (known != null) {
            known.close();
        }
    }

    /** Connects to the next gateway without a word at this one, which hears of it from the other. */
    private void move() {
        client = null;
    }

    void subscribe(String filter) {
        travel(at -> at.subscribed(filter, 2));
    }

    /** Publishes so many messages at QoS 1, a window at a time, each as often as it takes. */
    void publishAtLeastOnce(String topic, int count) {
        for (int from = 1; from <= count; from += WINDOW) {
            Set<Integer> open = new java.util.TreeSet<>();
            for (int i = from; i < from + WINDOW && i <= count; i++) {
                open.add(i);
            }
            travel(at -> {
                for (int number : open) {
                    at.send(Publish.publish(topic, clientId + ":" + number).atLeastOnce(number % 60_000 + 1));
                }
                int first = open.iterator().next();
                while (!open.isEmpty()) {
                    int id = at.expect(PacketType.PUBACK).packetId();
                    for (int number = first; number < first + WINDOW; number++) {
                        if (number % 60_000 + 1 == id && open.remove(number)) {
                            history.add(new History.Acknowledged(clientId, number));
                        }
                    }
                }
            });
        }
    }

    /** Publishes so many messages at QoS 2, a window at a time, each exchange taken up where it stood. */
    void publishExactlyOnce(String topic, int count) {
        for (int from = 1; from <= count; from += WINDOW) {
            Map<Integer, Boolean> open = new TreeMap<>(); // packet identifier, whether PUBREC has come
            for (int i = from; i < from + WINDOW && i <= count; i++) {
                open.put(i, false);
            }
            travel(at -> {
                for (Map.Entry<Integer, Boolean> each : open.entrySet()) {
                    int number = each.getKey();
                    if (each.getValue()) {
                        at.send(Packets.ack(PacketType.PUBREL, number));
                    } else {
                        at.send(Publish.publish(topic, clientId + ":" + number).exactlyOnce(number));
                    }
                }
                while (!open.isEmpty()) {
                    Packet packet = at.expectAny();
                    if (packet.type() == PacketType.PUBREC) {
                        open.put(packet.packetId(), true);
                        at.send(Packets.ack(PacketType.PUBREL, packet.packetId()));
                    } else if (packet.type() == PacketType.PUBCOMP) {
                        open.remove(packet.packetId());
                        history.add(new History.Acknowledged(clientId, packet.packetId()));
                    } else {
                        throw new AssertionError(packet);
                    }
                }
            });
        }
    }

    /** Takes messages until it has so many different ones, and moves to another gateway every now and then. */
    void receive(int count, int moveEvery) {
        Set<Integer> unreleased = new HashSet<>();
        Set<String> seen = new HashSet<>();
        List<RawClient> left = new ArrayList<>();
        while (seen.size() < count && !Thread.currentThread().isInterrupted()) {
            int goal = Math.min(count, seen.size() + moveEvery);
            travel(at -> {
                while (seen.size() < goal) {
                    take(at, unreleased, seen);
                }
            });
            RawClient known = client;
            if (known != null) {
                left.add(known);
            }
            move();
        }
        left.forEach(RawClient::close);
    }

    private void take(RawClient at, Set<Integer> unreleased, Set<String> seen) {
        Packet packet = at.expectAny();
        switch (packet.type()) {
            case PUBLISH -> {
                if (packet.qos() == 1 || unreleased.add(packet.packetId())) {
                    String[] parts = packet.text().split(":", 2);
                    history.add(new History.Received(clientId, parts[0], Integer.parseInt(parts[1])));
                    seen.add(packet.text());
                }
                at.send(Packets.ack(packet.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, packet.packetId()));
            }
            case PUBREL -> {
                unreleased.remove(packet.packetId());
                at.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
            }
            default -> throw new AssertionError(packet);
        }
    }
}
