// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import dev.holdfast.store.QueueLimits.DropPolicy;
import dev.holdfast.store.SessionRef;
import dev.holdfast.store.Subscription;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session that ends with its connection: what waits for the client stands in memory, within the queue limits. */
public final class TransientSession extends Session {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<@Nullable Void> SETTLED = CompletableFuture.completedFuture(null);
    /** What is looked through in well under a millisecond. */
    private static final int FAR_BEHIND = 10_000;

    private @Nullable ArrayDeque<Waiting> backlog;
    private long backlogBytes;
    private @Nullable TreeMap<Long, Waiting> sharedInflight;

    TransientSession(
            SessionSlot slot,
            SessionRef ref,
            SessionThread thread,
            Outlet outlet,
            int receiveMaximum,
            SessionServices services) {
        super(slot, ref, thread, outlet, receiveMaximum, InboundExchanges.inMemory(), services);
    }

    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (isClosed()) {
            return false;
        }
        boolean taken = take(message, qos, retain, subscriptionIdentifiers, origin);
        overtakenBy(message);
        return taken;
    }

    private boolean take(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (qos == 0) {
            return deliverQos0(message, retain, subscriptionIdentifiers);
        }
        if (isBacklogEmpty() && window.hasRoomFor(window.next()) && outlet.hasRoom()) {
            if (mayDeliverAtOnce(message)) {
                sendNow(message, qos, retain, subscriptionIdentifiers, origin);
            }
            return true;
        }
        keep(new Waiting(message, qos, retain, subscriptionIdentifiers, origin));
        return true;
    }

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        copy.left();
        if (qos == 0) {
            deliverQos0(message, true, subscriptionIdentifiers);
        } else if (mayDeliver(message)) {
            sendNow(message, qos, true, subscriptionIdentifiers, null);
        }
        return DELIVERED;
    }

    @Override
    public boolean takesRetained(int qos) {
        return !isClosed() && outlet.hasRoom() && (qos == 0 || window.hasRoomFor(window.next()));
    }

    @Override
    public boolean isFarBehind() {
        return backlog != null && backlog.size() > FAR_BEHIND;
    }

    @Override
    public void forEachUnsent(Consumer<Message> visitor) {
        if (backlog != null) {
            backlog.forEach(waiting -> visitor.accept(waiting.message()));
        }
    }

    @Override
    public boolean isReady() {
        return !isClosed() && isBacklogEmpty() && window.hasRoomFor(window.next()) && outlet.hasRoom();
    }

    @Override
    boolean sendNext() {
        ArrayDeque<Waiting> waiting = backlog;
        if (waiting == null || !window.hasRoomFor(window.next())) {
            return false;
        }
        Waiting next = waiting.poll();
        if (next == null) {
            return false;
        }
        backlogBytes -= next.message().size();
        if (waiting.isEmpty()) {
            backlog = null;
        }
        if (mayDeliver(next.message())) {
            sendNow(next.message(), next.qos(), next.retain(), next.subscriptionIdentifiers(), next.origin());
        }
        return true;
    }

    private void sendNow(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        long seq = window.next();
        send(seq, message, qos, retain, false, subscriptionIdentifiers);
        if (origin != null && window.state(seq) != InflightWindow.State.DONE) {
            TreeMap<Long, Waiting> shared = sharedInflight;
            if (shared == null) {
                shared = new TreeMap<>();
                sharedInflight = shared;
            }
            shared.put(seq, new Waiting(message, qos, retain, subscriptionIdentifiers, origin));
        }
    }

    @Override
    int waiting() {
        return backlog == null ? 0 : backlog.size();
    }

    @Override
    long waitingBytes() {
        return backlogBytes;
    }

    private boolean isBacklogEmpty() {
        return backlog == null;
    }

    private void keep(Waiting waiting) {
        ArrayDeque<Waiting> queue = backlog;
        if (queue == null) {
            queue = new ArrayDeque<>();
            backlog = queue;
        }
        int size = waiting.message().size();
        while (!queue.isEmpty() && !fits(queue, size)) {
            if (services.limits().whenFull() == DropPolicy.DROP_NEWEST) {
                services.metrics().dropped(Dropped.QUEUE_FULL);
                missed(waiting.message());
                return;
            }
            backlogBytes -= queue.remove().message().size();
            services.metrics().dropped(Dropped.QUEUE_FULL);
        }
        queue.add(waiting);
        backlogBytes += size;
    }

    private boolean fits(ArrayDeque<Waiting> queue, int size) {
        return queue.size() < services.limits().maxMessages()
                && backlogBytes + size <= services.limits().maxBytes();
    }

    /** They live and die with the connection. */
    @Override
    public CompletableFuture<?> keep(List<Subscription> subscriptions) {
        return SETTLED;
    }

    @Override
    public CompletableFuture<?> forget(List<String> filters) {
        return SETTLED;
    }

    @Override
    void storeRelease(long seq) {
        released(seq);
    }

    @Override
    void acknowledged(long seq) {
        if (sharedInflight != null) {
            sharedInflight.remove(seq);
        }
    }

    @Override
    void skipped(long seq) {}

    @Override
    void redistributeShared(CompletableFuture<?> settled, boolean ended) {
        TreeMap<Long, Waiting> unacknowledged = sharedInflight;
        ArrayDeque<Waiting> waiting = backlog;
        sharedInflight = null;
        backlog = null;
        if (unacknowledged != null) {
            unacknowledged.values().stream()
                    .filter(delivery -> delivery.qos() == 1) // begun at QoS 2 it is this client's alone [MQTT-4.8.2-5]
                    .forEach(TransientSession::giveBack);
        }
        if (waiting != null) {
            for (Iterator<Waiting> it = waiting.iterator(); it.hasNext(); ) {
                giveBack(it.next());
            }
        }
    }

    private static void giveBack(Waiting waiting) {
        SharedOrigin origin = waiting.origin();
        if (origin != null) {
            origin.redistribute(waiting.message());
        }
    }

    @Override
    void tellAgain() {}

    @Override
    CompletableFuture<@Nullable Void> settle() {
        return SETTLED;
    }
}
