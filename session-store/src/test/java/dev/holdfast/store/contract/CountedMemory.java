// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.HeldMemory;
import java.util.concurrent.atomic.AtomicLongArray;

/** An account for tests, exact at every moment. Nothing is held at first, and there is room for everything. */
public final class CountedMemory implements HeldMemory {
    private final AtomicLongArray held = new AtomicLongArray(Kind.COUNT);
    private final AtomicLongArray refused = new AtomicLongArray(Kind.COUNT);
    private volatile long room = Long.MAX_VALUE;

    /** Sets what there is room for from now on, of each kind, and what one client may hold. */
    public void room(long bytes) {
        room = bytes;
    }

    /** What is held of a kind. */
    public long held(Kind kind) {
        return held.get(kind.index());
    }

    /** How often something of a kind found no room. */
    public long timesRefused(Kind kind) {
        return refused.get(kind.index());
    }

    /** Every byte that was charged has been given back, and none twice. */
    public void assertNothingHeld() {
        assertThat(Kind.values())
                .allSatisfy(kind -> assertThat(held(kind)).as("%s", kind).isZero());
    }

    @Override
    public void add(Kind kind, long bytes) {
        held.addAndGet(kind.index(), bytes);
    }

    @Override
    public boolean hasRoom(Kind kind, long bytes) {
        return bytes <= room;
    }

    @Override
    public long mostOfOne(Kind kind) {
        return room;
    }

    @Override
    public void refused(Kind kind) {
        refused.incrementAndGet(kind.index());
    }
}
