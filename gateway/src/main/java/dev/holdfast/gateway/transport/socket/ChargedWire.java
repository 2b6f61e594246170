// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import dev.holdfast.gateway.limits.AddressPlaces;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.limits.MemoryAccount;
import dev.holdfast.gateway.observe.Transport;
import dev.holdfast.gateway.transport.Peer;
import dev.holdfast.gateway.transport.Wire;
import dev.holdfast.store.HeldMemory.Kind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a wire costs: its connection, its pending output and its unfinished input, each charged to the account of memory, and its place
 * among the connections of its address. When the unfinished input of a loop exceeds its share, the wire that keeps the most is closed. A base
 * class and no object of its own, since there is one for each connection. On the loop of the wire.
 */
abstract class ChargedWire implements Wire {
    private static final int CONNECTION_BYTES = 2 * 1024;
    /** Most of it beside the heap, with BoringSSL. */
    private static final int TLS_BYTES = 11 * 1024;

    private static final int WEB_SOCKET_BYTES = 256;

    /** What all wires of the listener share. */
    final WireContext wiring;

    /** The loop of this wire. */
    final IoLoop loop;

    /** The other end. */
    final Peer peer;

    private @Nullable Stranger stranger;
    private final AddressPlaces.@Nullable Place place;
    private final ConnectRates.Counted counted;
    private HeldInput.@Nullable Place kept;
    private boolean isCharged;

    /**
     * A wire that is charged nothing yet.
     *
     * @param stranger the connection as it was counted at its accept; null if it is not counted
     */
    ChargedWire(WireContext wiring, IoLoop loop, Peer peer, @Nullable Stranger stranger) {
        this.wiring = wiring;
        this.loop = loop;
        this.peer = peer;
        this.stranger = stranger;
        this.place = stranger == null ? null : stranger.place();
        this.counted = stranger == null ? ConnectRates.Counted.NOT : stranger.countedByRates();
    }

    /** There is no room for what the wire keeps: the listener may answer, and the wire is closed. */
    abstract void giveWay();

    /** Whether the wire has ended. */
    abstract boolean isClosed();

    @Override
    public final IoLoop loop() {
        return loop;
    }

    @Override
    public final Peer peer() {
        return peer;
    }

    @Override
    public final void keeps(int unfinished, int unreleased) {
        assert loop.inLoop();
        int bytes = unfinished + unreleased;
        Stranger unknown = stranger;
        if (unknown != null) {
            unknown.keeps(bytes);
        } else if (bytes == 0) {
            forget();
        } else if (isOpen()) {
            HeldInput.Place place = kept;
            if (place == null) {
                place = new HeldInput.Place(this::giveWay);
                kept = place;
            }
            chargeInput(place, unfinished);
            loop.unfinished().set(place, bytes);
            MemoryAccount memory = wiring.settings().memory();
            while (loop.unfinished().bytes()
                    > memory.limit(Kind.UNFINISHED_INPUT) / wiring.settings().ioThreads()) {
                memory.refused(Kind.UNFINISHED_INPUT);
                Objects.requireNonNull(loop.unfinished().first()).giveWay();
            }
        }
    }

    @Override
    public final void introduced() {
        if (stranger != null) {
            stranger.leave();
            stranger = null;
            if (!isClosed()) {
                isCharged = true;
                wiring.settings().memory().add(Kind.SESSIONS, idleBytes(peer.transport()));
            }
        }
    }

    /** What an idle connection costs in memory once its handshakes are over, the objects of its client included. */
    private static int idleBytes(Transport transport) {
        return CONNECTION_BYTES
                + (transport.isSecure() ? TLS_BYTES : 0)
                + (transport.isWebSocket() ? WEB_SOCKET_BYTES : 0);
    }

    /** Whether it has not sent a whole first packet. */
    final boolean isStranger() {
        return stranger != null;
    }

    @Override
    public final boolean isWithinAddressLimit() {
        return place == null || place.isWithinLimit(System.nanoTime());
    }

    @Override
    public final ConnectRates.Counted countedByRates() {
        return counted;
    }

    /** Charges more output that has to wait. Called when a turn ends and whenever more is appended to it. */
    final void chargeOutput(int more) {
        if (more != 0) {
            wiring.settings().memory().add(Kind.OUTPUT, more);
        }
    }

    /** Charges more of compressed input, beside what the listener keeps; answers whether there is room for it. A negative number gives back. */
    protected final boolean chargeInflation(int more) {
        MemoryAccount memory = wiring.settings().memory();
        if (more > 0 && !memory.hasRoom(Kind.UNFINISHED_INPUT, more)) {
            memory.refused(Kind.UNFINISHED_INPUT);
            return false;
        }
        if (more != 0) {
            memory.add(Kind.UNFINISHED_INPUT, more);
        }
        return true;
    }

    private void chargeInput(HeldInput.Place place, int bytes) {
        int more = place.charge(bytes);
        if (more != 0) {
            wiring.settings().memory().add(Kind.UNFINISHED_INPUT, more);
        }
    }

    /** The wire keeps no unfinished input any more. */
    final void forget() {
        if (kept != null) {
            chargeInput(kept, 0);
            loop.unfinished().set(kept, 0);
            kept = null;
        }
    }

    /** Gives everything back that the wire was charged for, and its place among the connections of its address. The wire is closed. */
    final void chargeNothing() {
        introduced();
        if (isCharged) {
            isCharged = false;
            wiring.settings().memory().add(Kind.SESSIONS, -idleBytes(peer.transport()));
        }
        forget();
        if (place != null) {
            place.leave();
        }
    }
}
