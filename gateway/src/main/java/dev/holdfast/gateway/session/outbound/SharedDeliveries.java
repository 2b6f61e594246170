// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.QueueLimits;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

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
    private final Outbound outbound;
    private final Settlement settlement;
    private long bytes;

    /**
     * A message that another member may have.
     *
     * @param message the message
     * @param origin the shared subscription that it came through
     */
    record Delivery(Message message, SharedOrigin origin) {}

    SharedDeliveries(Outbound outbound, Settlement settlement) {
        this.outbound = outbound;
        this.settlement = settlement;
    }

    /** Notes a message that the store has put at this position. */
    void add(long seq, Message message, SharedOrigin origin) {
        HeldMemory memory = outbound.services.memory();
        QueueLimits limits = outbound.services.limits();
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        message.hold(memory, HeldMemory.Kind.QUEUES);
        Delivery before = bySeq.put(seq, new Delivery(message, origin));
        bytes += message.size();
        if (before != null) {
            letGo(before);
        }
        while (bySeq.size() > limits.maxMessages() || bytes > limits.maxBytes()) {
            Long dropped = bySeq.ceilingKey(outbound.window.next());
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
        HeldMemory memory = outbound.services.memory();
        bytes -= delivery.message().size();
        delivery.message().letGo(memory);
        memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
    }

    /** Gives back what is held in memory. {@link #redistribute} may still be called, and nothing else. */
    void letGo() {
        bySeq.values().forEach(this::letGo);
    }

    /** Every lower position is acknowledged, or will never be sent. */
    void doneBefore(long seq) {
        while (!bySeq.isEmpty() && bySeq.firstKey() < seq) {
            done(bySeq.firstKey());
        }
    }

    /**
     * The client has left: other members are offered what it has not acknowledged, in order.
     *
     * @param settled completes once it is known that no later connection has the session; exceptionally if one has
     */
    void redistribute(CompletableFuture<?> settled) {
        settled.thenRun(() -> outbound.thread.execute(() -> bySeq.forEach((seq, delivery) -> {
            if (isUntouched(seq) && delivery.origin().canMoveOn()) {
                moveOn(settlement, seq, delivery.message(), delivery.origin());
            }
        })));
    }

    /** Whether another member may have a position: a client has begun to receive one of QoS 2 [MQTT-4.8.2-5]. */
    private boolean isUntouched(long seq) {
        return seq >= outbound.window.next() || outbound.window.state(seq) == InflightWindow.State.AWAITING_PUBACK;
    }

    /** Has another member of the shared subscription given a message, and then takes its position out of the queue. */
    static void moveOn(Settlement settlement, long seq, Message message, SharedOrigin origin) {
        LongConsumer takeOut = settlement.takingOut();
        origin.redistribute(message).thenAccept(isTaken -> {
            if (isTaken) {
                takeOut.accept(seq);
            }
        });
    }
}
