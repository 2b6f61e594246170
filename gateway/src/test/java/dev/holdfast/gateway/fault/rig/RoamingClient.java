// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.checker.History;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client with a kept session that stays at no gateway: whatever breaks, it comes back to another one and goes on as
 * MQTT wants it. What it does and sees is written down. On one thread.
 */
abstract class RoamingClient {
    private static final long CONNACK_MILLIS = 5_000;
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    final String id;
    final History history;
    private final Rig rig;
    private final Dialect dialect;
    private final Random random;
    private int lines;
    private @Nullable Line line;
    private String gateway = "";

    /** What a client speaks, and over what. */
    record Dialect(Version version, boolean webSocket) {}

    /** What a client does with a connection; called again with another one when it fails. */
    interface Stay {
        void at(Line line) throws IOException;
    }

    RoamingClient(String id, Dialect dialect, Rig rig, long seed) {
        this.id = id;
        this.dialect = dialect;
        this.rig = rig;
        this.history = rig.history();
        this.random = new Random(seed ^ id.hashCode());
    }

    /** The gateway of the present connection. */
    final String gateway() {
        return gateway;
    }

    /** The number of the present connection. */
    final int lineNumber() {
        return lines;
    }

    /** Does it, on as many connections as it takes. */
    final void stay(Stay what) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                what.at(connected());
                return;
            } catch (IOException | UncheckedIOException broken) {
                leave();
                // A gateway that is not there refuses at once.
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }

    /** Goes on at another gateway, without a word to the present one, which hears of it from the other. */
    final void move() {
        Line known = line;
        if (known != null) {
            known.ignore();
        }
        line = null;
    }

    /** Ends the session: nothing more is owed to it, and nothing is to be left of it a little later. */
    final void giveUp() {
        stay(at -> history.add(now -> new Event.GivenUp(now, id)));
        leave();
        while (!Thread.currentThread().isInterrupted()) {
            try (Line last = rig.dial(rig.slot(random), dialect, () -> {})) {
                // Version 5 shortens its expiry, version 3 begins anew and is not kept.
                boolean v5 = dialect.version().isV5();
                last.send(v5 ? Connect.kept(id) : Connect.connect(id));
                accepted(last);
                last.send(v5 ? Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 1) : Packets.disconnect());
                while (last.poll(CONNACK_MILLIS) != null) {
                    // What was on its way does not matter any more.
                }
            } catch (java.io.EOFException closed) {
                return;
            } catch (IOException | UncheckedIOException broken) {
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }

    /** Ends the session for certain, also while things break: CONNACK of a clean start says that it has gone. */
    final void endForCertain() {
        history.add(now -> new Event.GivenUp(now, id));
        leave();
        while (!Thread.currentThread().isInterrupted()) {
            try (Line last = rig.dial(rig.slot(random), dialect, () -> {})) {
                last.send(Connect.connect(id));
                accepted(last);
                last.send(Packets.disconnect());
                return;
            } catch (IOException | UncheckedIOException broken) {
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }

    private Line connected() throws IOException {
        Line known = line;
        if (known != null && !known.isOver()) {
            return known;
        }
        Rig.Slot slot = rig.slot(random);
        int number = ++lines;
        gateway = slot.name();
        Line fresh = rig.dial(slot, dialect, () -> history.add(now -> new Event.Closed(now, id, number)));
        line = fresh;
        history.add(now -> new Event.Connecting(now, id, number));
        fresh.send(Connect.kept(id));
        Packet connack = accepted(fresh);
        history.add(now -> new Event.Opened(now, id, number, gateway, connack.isSessionPresent()));
        return fresh;
    }

    static Packet accepted(Line line) throws IOException {
        Packet answer = line.poll(CONNACK_MILLIS);
        if (answer == null || answer.type() != PacketType.CONNACK || answer.reason() != 0) {
            throw new IOException("not accepted: " + answer);
        }
        return answer;
    }

    /** The next packet; a connection on which nothing comes for long is given up. */
    static Packet await(Line line, long millis) throws IOException {
        Packet packet = line.poll(millis);
        if (packet == null) {
            throw new IOException("nothing came within " + millis + " ms");
        }
        if (packet.type() == PacketType.DISCONNECT) {
            throw new IOException("sent away: " + packet);
        }
        return packet;
    }

    private void leave() {
        Line known = line;
        line = null;
        if (known != null) {
            known.close();
        }
    }
}
