// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

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
final class MemoryBacklog implements Backlog {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<@Nullable Void> SETTLED = CompletableFuture.completedFuture(null);
    /** So many messages are looked through in well under a millisecond. */
    private static final int FAR_BEHIND = 10_000;

    private final Session session;
    /** What waits; null while nothing does. */
    private @Nullable WaitingQueue queue;

    /** Sent and not acknowledged, and delivered through a shared subscription: by position. Null while there is none. */
    private @Nullable TreeMap<Long, Waiting> sharedInflight;

    MemoryBacklog(Session session) {
        this.session = session;
    }

    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        boolean isTaken = take(message, qos, retain, subscriptionIdentifiers, origin);
        session.overtakenBy(message);
        return isTaken;
    }

    private boolean take(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (qos == 0) {
            return session.deliverQos0(message, retain, subscriptionIdentifiers);
        }
        if (queue == null && session.windowHasRoom() && session.outlet.hasRoomFor(message)) {
            if (session.mayDeliverAtOnce(message)) {
                sendNow(message, qos, retain, subscriptionIdentifiers, origin);
            }
            return true;
        }
        add(new Waiting(message, qos, retain, subscriptionIdentifiers, origin));
        return true;
    }

    /** The store has no queue for this session. */
    @Override
    public void queued(
            long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin) {}

    @Override
    public void reaches(long seq) {}

    @Override
    public void dropped() {}

    @Override
    public void look() {
        session.pump();
    }

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        copy.left();
        if (qos == 0) {
            session.deliverQos0(message, true, subscriptionIdentifiers);
        } else if (session.mayDeliver(message)) {
            sendNow(message, qos, true, subscriptionIdentifiers, null);
        }
        return DELIVERED;
    }

    @Override
    public boolean takesRetained(int qos) {
        return !session.isClosed() && session.outlet.hasRoom() && (qos == 0 || session.windowHasRoom());
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
        if (waiting == null || next == null || !session.windowHasRoom()) {
            return false;
        }
        if (!session.outlet.hasRoomFor(next.message())) {
            return false;
        }
        waiting.remove();
        if (waiting.isEmpty()) {
            queue = null;
        }
        if (session.mayDeliver(next.message())) {
            sendNow(next.message(), next.qos(), next.retain(), next.subscriptionIdentifiers(), next.origin());
        }
        next.letGo(session.services.memory()); // not earlier: by now the output of the connection holds the message
        return true;
    }

    private void sendNow(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        long seq = session.window.next();
        session.send(seq, message, qos, retain, false, subscriptionIdentifiers);
        if (origin != null && session.window.state(seq) != InflightWindow.State.DONE) {
            TreeMap<Long, Waiting> shared = sharedInflight;
            if (shared == null) {
                shared = new TreeMap<>();
                sharedInflight = shared;
            }
            Waiting unacknowledged = new Waiting(message, qos, retain, subscriptionIdentifiers, origin);
            unacknowledged.hold(session.services.memory());
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
        SessionServices services = session.services;
        WaitingQueue waiting = queue;
        if (waiting == null) {
            waiting = new WaitingQueue(services.limits(), services.memory());
            queue = waiting;
        }
        while (!waiting.hasRoomFor(newest)) {
            services.metrics().dropped(Dropped.QUEUE_FULL);
            if (services.limits().whenFull() == DropPolicy.DROP_NEWEST) {
                session.outlet.dropped(newest.message(), Dropped.QUEUE_FULL);
                session.missed(newest.message());
                return;
            }
            Waiting oldest = waiting.remove();
            oldest.letGo(services.memory());
            session.outlet.dropped(oldest.message(), Dropped.QUEUE_FULL);
        }
        waiting.add(newest);
    }

    @Override
    public void release(long seq) {
        session.released(seq);
    }

    @Override
    public void acknowledged(long seq) {
        Waiting done = sharedInflight == null ? null : sharedInflight.remove(seq);
        if (done != null) {
            done.letGo(session.services.memory());
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
        session.pump();
    }

    @Override
    public CompletableFuture<@Nullable Void> settle() {
        return SETTLED;
    }

    @Override
    public void redistributeShared(CompletableFuture<?> settled, boolean hasEnded) {
        TreeMap<Long, Waiting> unacknowledged = sharedInflight;
        WaitingQueue waiting = queue;
        HeldMemory memory = session.services.memory();
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
        return session.sentMark();
    }

    @Override
    public List<SeqRange> leftOut() {
        return List.of();
    }
}
