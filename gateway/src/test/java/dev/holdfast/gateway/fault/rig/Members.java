// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.rig.RoamingClient.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Members of a shared subscription, one after the other: each takes what comes for a while, leaves the last of it
 * unacknowledged, and ends its session. On one thread.
 */
final class Members implements Runnable {
    static final String FILTER = "$share/rig/rig/#";

    private static final long LIFE_MILLIS = 2_000;
    private static final long UNACKNOWLEDGED_MILLIS = 200;
    private static final long SUBACK_MILLIS = 5_000;
    private static final long STEP_MILLIS = 50;

    private final String name;
    private final Dialect dialect;
    private final Rig rig;
    private final long seed;
    private volatile boolean done;

    Members(String name, Dialect dialect, Rig rig, long seed) {
        this.name = name;
        this.dialect = dialect;
        this.rig = rig;
        this.seed = seed;
    }

    /** Has the present one be the last. Any thread. */
    void end() {
        done = true;
    }

    @Override
    public void run() {
        List<Life> ended = new ArrayList<>();
        for (int life = 1; !done && !Thread.currentThread().isInterrupted(); life++) {
            Life member = new Life(name + "-" + life);
            member.live(life % 2 == 0);
            member.endForCertain();
            ended.add(member);
        }
        if (rig.hasGoneBack()) {
            // Some are there again, but none is connected; what they were given while nobody was, others get from them.
            await().atMost(Duration.ofSeconds(20)).until(() -> ended.stream().noneMatch(each -> rig.isServed(each.id)));
            ended.forEach(RoamingClient::endForCertain);
        }
    }

    /** One of them. */
    private final class Life extends RoamingClient {
        Life(String id) {
            super(id, dialect, rig, seed);
        }

        /** Lives, and says goodbye or is displaced by what begins anew. */
        void live(boolean saysGoodbye) {
            // Before it is granted: what comes before SUBACK has reached a member.
            history.add(now -> new Event.Subscribed(now, id, FILTER));
            stay(at -> {
                at.send(Subscribe.subscribe(FILTER, 2));
                Packet packet = await(at, SUBACK_MILLIS);
                while (packet.type() != PacketType.SUBACK) {
                    take(at, packet, true);
                    packet = await(at, SUBACK_MILLIS);
                }
                long end = history.now() + LIFE_MILLIS;
                while (history.now() < end && !done) {
                    Packet next = at.poll(STEP_MILLIS);
                    if (next != null) {
                        take(at, next, history.now() < end - UNACKNOWLEDGED_MILLIS);
                    }
                }
                if (saysGoodbye) {
                    at.send(Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 0));
                }
            });
        }

        private void take(Line at, Packet packet, boolean acknowledged) throws java.io.IOException {
            switch (packet.type()) {
                case PUBLISH -> {
                    // What is not acknowledged is owed to another one, whether this one has seen it or not.
                    if (acknowledged) {
                        note(packet);
                        at.send(Packets.ack(
                                packet.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, packet.packetId()));
                    }
                }
                case PUBREL -> at.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
                default -> throw new java.io.IOException("sent away: " + packet);
            }
        }

        private void note(Packet packet) {
            String text = packet.text();
            history.add(now -> new Event.Delivered(
                    now,
                    id,
                    lineNumber(),
                    Payload.publisher(text),
                    Payload.number(text),
                    packet.topic(),
                    packet.qos(),
                    packet.isDup(),
                    packet.packetId(),
                    packet.qos() == 2,
                    Arrays.hashCode(packet.payload())));
        }
    }
}
