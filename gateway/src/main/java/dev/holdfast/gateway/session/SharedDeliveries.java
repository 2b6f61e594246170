// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.QueueLimits;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * What a kept session has been given through shared subscriptions and has not acknowledged, by position, so that another
 * member can have it when this one leaves (MQTT 5.0 section 4.8.2).
 *
 * <p>No more than the session's queue may hold: the store drops without naming the positions, and what it has dropped is
 * in front of what has not been sent.
 */
final class SharedDeliveries {
    /** What a place costs besides the message. */
    private static final int PLACE_BYTES = 96;

    private final TreeMap<Long, Delivery> bySeq = new TreeMap<>();
    private final QueueLimits limits;
    private final HeldMemory memory;
    private long bytes;

    /**
     * A delivery that another member may take over.
     *
     * @param message what was delivered
     * @param origin the shared subscription it came through
     */
    record Delivery(Message message, SharedOrigin origin) {}

    SharedDeliveries(QueueLimits limits, HeldMemory memory) {
        this.memory = memory;
        this.limits = limits;
    }

    /**
     * Notes what has been stored at a position.
     *
     * @param firstUnsent the position after the highest one sent
     */
    void add(long seq, Message message, SharedOrigin origin, long firstUnsent) {
        memory.add(HeldMemory.Kind.QUEUES, PLACE_BYTES);
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

    /** A position is acknowledged. */
    void done(long seq) {
        Delivery done = bySeq.remove(seq);
        if (done != null) {
            letGo(done);
        }
    }

    private void letGo(Delivery delivery) {
        bytes -= delivery.message().size();
        delivery.message().letGo(memory);
        memory.add(HeldMemory.Kind.QUEUES, -PLACE_BYTES);
    }

    /** Gives back what it holds in memory; others may take it over still. Nothing is added or done any more. */
    void letGo() {
        bySeq.values().forEach(this::letGo);
    }

    /** Everything in front of a position is acknowledged, or was never sent and never will be. */
    void doneBefore(long seq) {
        while (!bySeq.isEmpty() && bySeq.firstKey() < seq) {
            done(bySeq.firstKey());
        }
    }

    /** Has others take over what passes, in order. */
    void moveOn(LongPredicate passes, Taker taker) {
        for (Map.Entry<Long, Delivery> each : bySeq.entrySet()) {
            Delivery delivery = each.getValue();
            if (passes.test(each.getKey()) && delivery.origin().canMoveOn()) {
                taker.take(each.getKey(), delivery.message(), delivery.origin());
            }
        }
    }

    /** Takes one delivery over. */
    @FunctionalInterface
    interface Taker {
        /** A message at a position, and the shared subscription that finds it another member. */
        void take(long seq, Message message, SharedOrigin origin);
    }
}
