// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.session.QueueLimits;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait in memory for the client of one clean session, oldest first, within the limits of a queue. On the
 * session's thread.
 */
final class WaitingQueue {
    private final QueueLimits limits;
    private final HeldMemory memory;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long bytes;
    private long removed;

    WaitingQueue(QueueLimits limits, HeldMemory memory) {
        this.limits = limits;
        this.memory = memory;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** The sum of the messages' bodies, in bytes. */
    long bytes() {
        return bytes;
    }

    /** Whether a message may be added; to an empty queue any may. */
    boolean hasRoomFor(Waiting message) {
        return waiting.isEmpty() || (waiting.size() < limits.maxMessages() && bytes + message.size() <= mostBytes());
    }

    /** The limit of the queue in bytes. While memory is short the queue keeps its messages and does not grow. */
    private long mostBytes() {
        return Math.min(limits.maxBytes(), Math.max(bytes, memory.mostOfOne(HeldMemory.Kind.QUEUES)));
    }

    /** Adds a message behind the others. */
    void add(Waiting message) {
        message.hold(memory);
        waiting.add(message);
        bytes += message.size();
    }

    /** The oldest one; null if there is none. */
    @Nullable
    Waiting peek() {
        return waiting.peek();
    }

    /** Takes out the oldest one, which is charged until the caller lets go of it. */
    Waiting remove() {
        Waiting oldest = waiting.remove();
        bytes -= oldest.size();
        removed++;
        return oldest;
    }

    void forEach(Consumer<Waiting> visitor) {
        waiting.forEach(visitor);
    }

    /** The place behind all that are in the queue. */
    PlaceInQueue end() {
        long before = removed + waiting.size();
        return () -> removed >= before;
    }
}
