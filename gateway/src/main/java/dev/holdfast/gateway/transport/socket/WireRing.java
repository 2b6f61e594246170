// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport.socket;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The wires of one loop, linked through themselves: joining and leaving cost the same whatever the number. They are in
 * {@value #SLICES} lists, and a sweep visits one of them, so that each wire is visited once per round and the work is
 * spread over it. A wire may leave, or make others leave, while a list is being visited.
 */
final class WireRing {

    static final int SLICES = 4;

    private final @Nullable SocketWire[] heads = new SocketWire[SLICES];
    private int joinSlice;
    private int sweepSlice;
    private int size;

    /** The wire that a visit goes on with; moved along when that very wire leaves. */
    private @Nullable SocketWire cursor;

    int size() {
        return size;
    }

    void add(SocketWire wire) {
        joinSlice = (joinSlice + 1) % SLICES;
        wire.slice = (byte) joinSlice;
        SocketWire head = heads[joinSlice];
        wire.next = head;
        if (head != null) {
            head.previous = wire;
        }
        heads[joinSlice] = wire;
        size++;
    }

    void remove(SocketWire wire) {
        SocketWire next = wire.next;
        SocketWire previous = wire.previous;
        if (cursor == wire) {
            cursor = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            heads[wire.slice] = next;
        }
        wire.next = null;
        wire.previous = null;
        size--;
    }

    /** Moves on to the slice that is swept next, and tells its number. */
    int nextSlice() {
        sweepSlice = (sweepSlice + 1) % SLICES;
        return sweepSlice;
    }

    void sweepSlice(long elapsedMillis) {
        visit(sweepSlice, wire -> wire.sweep(elapsedMillis));
    }

    void forEach(Consumer<SocketWire> visitor) {
        for (int slice = 0; slice < SLICES; slice++) {
            visit(slice, visitor);
        }
    }

    private void visit(int slice, Consumer<SocketWire> visitor) {
        cursor = heads[slice];
        while (cursor != null) {
            SocketWire wire = cursor;
            cursor = wire.next;
            visitor.accept(wire);
        }
    }
}
