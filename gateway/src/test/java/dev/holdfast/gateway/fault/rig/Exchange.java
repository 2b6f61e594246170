// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One QoS 2 message from a publisher to a subscriber, both with kept sessions and a memory of where they stood. */
public final class Exchange implements AutoCloseable {
    private static final int PACKET_ID = 1;
    private static final long CONNECT_MILLIS = 5_000;
    private static final long TURN_MILLIS = 10;
    private static final long LAST_WORDS_MILLIS = 30;
    private static final int MOST_TURNS = 500;

    /** Who takes part besides the gateway. */
    public enum Party {
        PUBLISHER,
        SUBSCRIBER
    }

    private final String name;
    private @Nullable Line publisher;
    private @Nullable Line subscriber;
    private boolean sent;
    private boolean received;
    private boolean complete;
    private final Set<Integer> unreleased = new HashSet<>();
    private int deliveries;
    private boolean released;

    public Exchange(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public int deliveries() {
        return deliveries;
    }

    /** Whether both have come to the end of it, as far as they can tell. */
    public boolean isOver() {
        return complete && released && unreleased.isEmpty();
    }

    /** Makes both sessions, and the subscription. */
    public void prepare(int port) throws IOException {
        open(port, "p", false).close();
        try (Line line = open(port, "s", false)) {
            line.send(Subscribe.subscribe(name + "/t", 2));
            assertThat(RoamingClient.await(line, CONNECT_MILLIS).type()).isEqualTo(PacketType.SUBACK);
        }
    }

    /** Goes on at another gateway: both sessions are there, and the publisher takes up where it stood. */
    public void moveTo(int port) throws IOException {
        close();
        subscriber = open(port, "s", true);
        Line line = open(port, "p", true);
        publisher = line;
        if (!complete && received) {
            line.send(Packets.ack(PacketType.PUBREL, PACKET_ID));
        } else if (!complete && sent) {
            line.send(message().duplicate());
        }
    }

    /**
     * Lets things take their course until the end, or until nothing more can come.
     *
     * @param arrives asked of each packet from the gateway: whether it arrives
     * @param end asked again and again whether it has come
     */
    public void run(BiPredicate<Party, PacketType> arrives, BooleanSupplier end) throws IOException {
        Line from = line(publisher);
        Line to = line(subscriber);
        if (!sent) {
            sent = true;
            from.send(message());
        }
        for (int turn = 0; turn < MOST_TURNS && !end.getAsBoolean(); turn++) {
            Packet packet = from.poll(TURN_MILLIS);
            if (packet != null && arrives.test(Party.PUBLISHER, packet.type())) {
                atPublisher(from, packet);
            }
            packet = end.getAsBoolean() ? null : to.poll(TURN_MILLIS);
            if (packet != null && arrives.test(Party.SUBSCRIBER, packet.type())) {
                atSubscriber(to, packet);
            }
        }
        // What has left before the end arrives still: an acknowledgement that did not wait for the store.
        Packet last = from.poll(LAST_WORDS_MILLIS);
        if (last != null && arrives.test(Party.PUBLISHER, last.type())) {
            atPublisher(from, last);
        }
        last = to.poll(LAST_WORDS_MILLIS);
        if (last != null && arrives.test(Party.SUBSCRIBER, last.type())) {
            atSubscriber(to, last);
        }
    }

    private void atPublisher(Line line, Packet packet) throws IOException {
        assertThat(packet.packetId()).isEqualTo(PACKET_ID);
        switch (packet.type()) {
            case PUBREC -> {
                received = true;
                line.send(Packets.ack(PacketType.PUBREL, PACKET_ID));
            }
            case PUBCOMP -> complete = true;
            default -> throw new AssertionError(packet);
        }
    }

    private void atSubscriber(Line line, Packet packet) throws IOException {
        switch (packet.type()) {
            case PUBLISH -> {
                if (unreleased.add(packet.packetId())) {
                    deliveries++;
                }
                line.send(Packets.ack(PacketType.PUBREC, packet.packetId()));
            }
            case PUBREL -> {
                unreleased.remove(packet.packetId());
                released = true;
                line.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
            }
            default -> throw new AssertionError(packet);
        }
    }

    /** Nothing more comes, and whoever comes again finds its session and nothing in it. */
    public void expectNothingMore(int port) throws IOException {
        for (Line line : new Line[] {line(publisher), line(subscriber)}) {
            // Its answer says that the last acknowledgement has been dealt with.
            line.send(Packets.PINGREQ);
            assertThat(RoamingClient.await(line, CONNECT_MILLIS).type()).isEqualTo(PacketType.PINGRESP);
        }
        close();
        for (String who : new String[] {"s", "p"}) {
            try (Line line = open(port, who, true)) {
                line.send(Packets.PINGREQ);
                assertThat(RoamingClient.await(line, CONNECT_MILLIS).type()).isEqualTo(PacketType.PINGRESP);
            }
        }
    }

    @Override
    public void close() {
        for (Line line : new Line[] {publisher, subscriber}) {
            if (line != null) {
                line.close();
            }
        }
    }

    private Publish message() {
        return Publish.publish(name + "/t", "once").exactlyOnce(PACKET_ID);
    }

    private Line open(int port, String who, boolean present) throws IOException {
        Line line = new Line(TcpChannel.open(port), Version.V5, () -> {});
        line.send(Connect.kept(name + who));
        assertThat(RoamingClient.accepted(line).isSessionPresent()).isEqualTo(present);
        return line;
    }

    private static Line line(@Nullable Line line) {
        if (line == null) {
            throw new IllegalStateException("not connected");
        }
        return line;
    }
}
