// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.QueueLimits;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * The messages that a kept session has got through shared subscriptions and its client has not acknowledged, by position:
 * another member can have them when this client leaves (MQTT 5.0 section 4.8.2). On the session's thread.
 *
 * <p>There are no more of them than the session's queue may hold. The store does not say which positions the queue limit has
 * taken; those are the lowest ones that have not been sent.
 */
final class SharedDeliveries {
    /** What an entry costs besides its message, in bytes. */
    private static final int ENTRY_BYTES = 96;

    private final TreeMap<Long, Delivery> bySeq = new TreeMap<>();
    private final QueueLimits limits;
    private final HeldMemory memory;
    private long bytes;

    /**
     * A message that another member may have.
     *
     * @param message the message
     * @param origin the shared subscription that it came through
     */
    record Delivery(Message message, SharedOrigin origin) {}

    SharedDeliveries(QueueLimits limits, HeldMemory memory) {
        this.memory = memory;
        this.limits = limits;
    }

    /**
     * Notes a message that the store has put at this position.
     *
     * @param firstUnsent the position after the highest one that has been sent
     */
    void add(long seq, Message message, SharedOrigin origin, long firstUnsent) {
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        message.hold(memory, HeldMemory.Kind.QUEUES);
        Delivery before = bySeq.put(seq, new Delivery(message, origin));
        bytes += message.size();
        if (before != null) {
            letGo(before);
        }
        while (bySeq.size() > limits.maxMessages() || bytes > limits.maxBytes()) {
            Long dropped = bySeq.ceilingKey(firstUnsent);
            if (dropped == null) {
                return;
            }
            done(dropped);
        }
    }

    /** A position is acknowledged, or needs no acknowledgement. */
    void done(long seq) {
        Delivery done = bySeq.remove(seq);
        if (done != null) {
            letGo(done);
        }
    }

    private void letGo(Delivery delivery) {
        bytes -= delivery.message().size();
        delivery.message().letGo(memory);
        memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
    }

    /** Gives back what is held in memory. {@link #moveOn} may still be called, and nothing else. */
    void letGo() {
        bySeq.values().forEach(this::letGo);
    }

    /** Every lower position is acknowledged, or will never be sent. */
    void doneBefore(long seq) {
        while (!bySeq.isEmpty() && bySeq.firstKey() < seq) {
            done(bySeq.firstKey());
        }
    }

    /** Offers other members the messages whose positions pass, ascending. */
    void moveOn(LongPredicate passes, Taker taker) {
        for (Map.Entry<Long, Delivery> each : bySeq.entrySet()) {
            Delivery delivery = each.getValue();
            if (passes.test(each.getKey()) && delivery.origin().canMoveOn()) {
                taker.take(each.getKey(), delivery.message(), delivery.origin());
            }
        }
    }

    /** Finds another member for one message. */
    @FunctionalInterface
    interface Taker {
        /** Finds a member, by the shared subscription, for the message that stood at a position. */
        void take(long seq, Message message, SharedOrigin origin);
    }
}
