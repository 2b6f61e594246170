// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.util.concurrent.atomic.AtomicLong;

/** What one part of the program holds of one kind, charged to the account of all; any thread. */
public final class HeldPart {
    private final HeldMemory memory;
    private final HeldMemory.Kind kind;
    private final AtomicLong bytes = new AtomicLong();

    /** Nothing is held. */
    public HeldPart(HeldMemory memory, HeldMemory.Kind kind) {
        this.memory = memory;
        this.kind = kind;
    }

    /** Charges bytes; a negative number gives them back. */
    public void add(long more) {
        bytes.addAndGet(more);
        memory.add(kind, more);
    }

    /** Whether there is room for so many bytes more. */
    public boolean hasRoom(long more) {
        return memory.hasRoom(kind, more);
    }

    /** How many bytes one client may hold of this kind just now. */
    public long mostOfOne() {
        return memory.mostOfOne(kind);
    }

    /** Counts that something was not kept, since there was no room. */
    public void refused() {
        memory.refused(kind);
    }

    /** What this part holds, in bytes. */
    public long bytes() {
        return bytes.get();
    }

    /** Gives back all that is held: the part ends. */
    public void letGo() {
        memory.add(kind, -bytes.getAndSet(0));
    }
}
