// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.HeldMemory.Kind;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.Message;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the {@link RetainedPage pages} of all sessions cost in memory: retained messages on their way to clients. A page is
 * charged before the store is asked for it, by the size that messages had lately, and then for what has come. Any thread.
 */
final class PageMemory {
    /** What one item of a page costs, in bytes, with its topic name, without its message. */
    private static final int ITEM_BYTES = 160;
    /** The size at which messages are charged before the first one has been read, in bytes. */
    private static final int FIRST_GUESS_BYTES = 4 * 1024;

    private static final int SLOWNESS = 8;

    private final HeldMemory memory;
    private final HeldPart pages;
    private final boolean copies;
    private final AtomicLong usualBytes = new AtomicLong(FIRST_GUESS_BYTES);

    /**
     * Nothing is held.
     *
     * @param copies whether the store gives a copy of its own to each reader, as one outside the process does
     */
    PageMemory(HeldMemory memory, boolean copies) {
        this.memory = memory;
        this.pages = new HeldPart(memory, Kind.OUTPUT);
        this.copies = copies;
    }

    /** The estimated cost of this many messages, in bytes. */
    private long guess(int messages) {
        return copies ? messages * usualBytes.get() : 0;
    }

    /** How many messages a page may have at this moment: as many as are wanted, or as there is memory for, and at least one. */
    int fit(int wanted) {
        if (!copies) {
            return wanted;
        }
        long fitting = pages.mostOfOne() / usualBytes.get();
        return (int) Math.max(1, Math.min(wanted, fitting));
    }

    /**
     * Charges messages that are about to be read. A page that was chosen while messages were small is read though they have
     * become large, so it asks for as many as {@link #fit}.
     *
     * @return what was charged, to be given to {@link #answered}; less than 0 if there is no room
     */
    long reserve(int messages) {
        long bytes = guess(messages);
        if (bytes > 0 && !pages.hasRoom(bytes)) {
            pages.refused();
            return -1;
        }
        pages.add(bytes);
        return bytes;
    }

    /** The store has answered, or failed: what was charged for that is given back. */
    void answered(long reserved) {
        pages.add(-reserved);
    }

    /** Charges an item of a page; a negative number gives them back. */
    void items(int more) {
        pages.add((long) more * ITEM_BYTES);
    }

    /** Charges what has been read: once, however many sessions have it, if the store gives all of them the same. */
    void hold(List<Message> messages) {
        long bytes = 0;
        for (Message message : messages) {
            message.hold(memory, Kind.OUTPUT);
            bytes += message.heldBytes();
        }
        if (!messages.isEmpty()) {
            long mean = bytes / messages.size();
            usualBytes.updateAndGet(usual -> Math.max(mean, usual - (usual - mean) / SLOWNESS));
        }
    }

    /** Whether these messages cost more memory than one session may have waiting at this moment. */
    boolean isTooMuch(List<Message> messages) {
        long bytes = 0;
        for (Message message : messages) {
            bytes += message.heldBytes();
        }
        return copies && bytes > pages.mostOfOne();
    }

    /** Gives back what {@link #hold} has charged. */
    void letGo(List<Message> messages) {
        messages.forEach(message -> message.letGo(memory));
    }

    /** Gives back what is held for items: the gateway ends. */
    void letGo() {
        pages.letGo();
    }
}
