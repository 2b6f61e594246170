// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SeqRange;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The backlog of a session that ends with its connection: messages wait in this gateway's memory, within the limits of a
 * queue, and are gone with the connection. The store knows nothing of them.
 */
final class MemoryBacklog implements Backlog, RetainedIntake {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<@Nullable Void> SETTLED = CompletableFuture.completedFuture(null);
    /** The most messages that {@link #forEachUnsent} walks through: that many take well under a millisecond. */
    private static final int FAR_BEHIND = 10_000;

    private final Outbound outbound;
    /** What waits; null while nothing does. */
    private @Nullable WaitingQueue queue;

    /** Sent and not acknowledged, and delivered through a shared subscription: by position. Null while there is none. */
    private @Nullable TreeMap<Long, Waiting> sharedInflight;

    MemoryBacklog(Outbound outbound) {
        this.outbound = outbound;
    }

    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (queue != null || !outbound.windowHasRoom() || !outbound.outlet.hasRoomFor(message)) {
            add(new Waiting(message, qos, retain, subscriptionIdentifiers, origin));
        } else if (outbound.mayDeliverAtOnce(message)) {
            sendNow(message, qos, retain, subscriptionIdentifiers, origin);
        }
        outbound.overtakenBy(message);
        return true;
    }

    /** The store has no queue for this outbound. */
    @Override
    public void queued(
            long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin) {}

    @Override
    public void reaches(long seq) {}

    @Override
    public void dropped() {}

    @Override
    public void look() {
        outbound.pump();
    }

    @Override
    public RetainedIntake retained() {
        return this;
    }

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        copy.left();
        if (qos == 0) {
            outbound.deliverQos0(message, true, subscriptionIdentifiers);
        } else if (outbound.mayDeliver(message)) {
            sendNow(message, qos, true, subscriptionIdentifiers, null);
        }
        return DELIVERED;
    }

    @Override
    public boolean takesRetained(int qos) {
        return !outbound.isClosed() && outbound.outlet.hasRoom() && (qos == 0 || outbound.windowHasRoom());
    }

    @Override
    public boolean isFarBehind() {
        return queue != null && queue.size() > FAR_BEHIND;
    }

    @Override
    public void forEachUnsent(Consumer<Message> visitor) {
        if (queue != null) {
            queue.forEach(waiting -> visitor.accept(waiting.message()));
        }
    }

    @Override
    public @Nullable PlaceInQueue placeBehindUnsent() {
        return queue == null ? null : queue.end();
    }

    @Override
    public boolean isEmpty() {
        return queue == null;
    }

    @Override
    public boolean sendNext() {
        WaitingQueue waiting = queue;
        Waiting next = waiting == null ? null : waiting.peek();
        if (waiting == null || next == null || !outbound.windowHasRoom()) {
            return false;
        }
        if (!outbound.outlet.hasRoomFor(next.message())) {
            return false;
        }
        waiting.remove();
        if (waiting.isEmpty()) {
            queue = null;
        }
        if (outbound.mayDeliver(next.message())) {
            sendNow(next.message(), next.qos(), next.retain(), next.subscriptionIdentifiers(), next.origin());
        }
        next.letGo(outbound.services.memory()); // not earlier: by now the output of the connection holds the message
        return true;
    }

    private void sendNow(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        long seq = outbound.window.next();
        outbound.send(seq, message, qos, retain, false, subscriptionIdentifiers);
        if (origin != null && outbound.window.state(seq) != InflightWindow.State.DONE) {
            TreeMap<Long, Waiting> shared = sharedInflight;
            if (shared == null) {
                shared = new TreeMap<>();
                sharedInflight = shared;
            }
            Waiting unacknowledged = new Waiting(message, qos, retain, subscriptionIdentifiers, origin);
            unacknowledged.hold(outbound.services.memory());
            shared.put(seq, unacknowledged);
        }
    }

    @Override
    public int waiting() {
        return queue == null ? 0 : queue.size();
    }

    @Override
    public long waitingBytes() {
        return queue == null ? 0 : queue.bytes();
    }

    /** Adds a message behind the others. Where there is no room the drop policy decides which message is lost. */
    private void add(Waiting newest) {
        OutboundServices services = outbound.services;
        WaitingQueue waiting = queue;
        if (waiting == null) {
            waiting = new WaitingQueue(services.limits(), services.memory());
            queue = waiting;
        }
        while (!waiting.hasRoomFor(newest)) {
            services.metrics().dropped(Dropped.QUEUE_FULL);
            if (services.limits().whenFull() == DropPolicy.DROP_NEWEST) {
                outbound.outlet.dropped(newest.message(), Dropped.QUEUE_FULL);
                outbound.missed(newest.message());
                return;
            }
            Waiting oldest = waiting.remove();
            oldest.letGo(services.memory());
            outbound.outlet.dropped(oldest.message(), Dropped.QUEUE_FULL);
        }
        waiting.add(newest);
    }

    @Override
    public void release(long seq) {
        outbound.released(seq);
    }

    @Override
    public void acknowledged(long seq) {
        Waiting done = sharedInflight == null ? null : sharedInflight.remove(seq);
        if (done != null) {
            done.letGo(outbound.services.memory());
        }
    }

    @Override
    public void skipped(long seq) {}

    @Override
    public boolean owesTheStore() {
        return false;
    }

    @Override
    public void tick() {
        outbound.pump();
    }

    @Override
    public CompletableFuture<@Nullable Void> settle() {
        return SETTLED;
    }

    @Override
    public void redistributeShared(CompletableFuture<?> settled, boolean hasEnded) {
        TreeMap<Long, Waiting> unacknowledged = sharedInflight;
        WaitingQueue waiting = queue;
        HeldMemory memory = outbound.services.memory();
        sharedInflight = null;
        queue = null;
        if (unacknowledged != null) {
            unacknowledged.values().forEach(each -> each.letGo(memory));
            unacknowledged.values().stream()
                    .filter(each -> each.qos() == 1) // a client has begun to receive one of QoS 2 [MQTT-4.8.2-5]
                    .forEach(MemoryBacklog::giveBack);
        }
        if (waiting != null) {
            waiting.forEach(each -> {
                giveBack(each);
                each.letGo(memory);
            });
        }
    }

    private static void giveBack(Waiting waiting) {
        SharedOrigin origin = waiting.origin();
        if (origin != null) {
            origin.redistribute(waiting.message());
        }
    }

    /** Nothing: {@link #redistributeShared} has emptied the queue. */
    @Override
    public void letGo() {}

    @Override
    public void tellAgain() {}

    @Override
    public long highestSeq() {
        return outbound.sentMark();
    }

    @Override
    public List<SeqRange> leftOut() {
        return List.of();
    }
}
