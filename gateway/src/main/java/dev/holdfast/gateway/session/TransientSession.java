// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.SessionRef;
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
    /** What a place in the backlog costs besides the message. */
    private static final int PLACE_BYTES = 72;

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
        super(slot, ref, thread, outlet, receiveMaximum, InboundExchanges.inMemory(services.memory()), services);
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
        if (isBacklogEmpty() && window.hasRoomFor(window.next()) && outlet.hasRoomFor(message)) {
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
        Waiting next = waiting.element();
        if (!outlet.hasRoomFor(next.message())) {
            return false;
        }
        waiting.remove();
        backlogBytes -= next.message().size();
        if (waiting.isEmpty()) {
            backlog = null;
        }
        if (mayDeliver(next.message())) {
            sendNow(next.message(), next.qos(), next.retain(), next.subscriptionIdentifiers(), next.origin());
        }
        letGo(next); // now that its output holds it
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
            Waiting unacknowledged = new Waiting(message, qos, retain, subscriptionIdentifiers, origin);
            hold(unacknowledged);
            shared.put(seq, unacknowledged);
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
                outlet.dropped(waiting.message(), Dropped.QUEUE_FULL);
                missed(waiting.message());
                return;
            }
            Waiting oldest = queue.remove();
            backlogBytes -= oldest.message().size();
            letGo(oldest);
            services.metrics().dropped(Dropped.QUEUE_FULL);
            outlet.dropped(oldest.message(), Dropped.QUEUE_FULL);
        }
        hold(waiting);
        queue.add(waiting);
        backlogBytes += size;
    }

    private void hold(Waiting waiting) {
        services.memory().add(HeldMemory.Kind.QUEUES, PLACE_BYTES);
        waiting.message().hold(services.memory(), HeldMemory.Kind.QUEUES);
    }

    private void letGo(Waiting waiting) {
        services.memory().add(HeldMemory.Kind.QUEUES, -PLACE_BYTES);
        waiting.message().letGo(services.memory());
    }

    /** What is there may stay when memory becomes short; it does not become more. */
    private long mostBytes() {
        long room = services.memory().mostOfOne(HeldMemory.Kind.QUEUES);
        return Math.min(services.limits().maxBytes(), Math.max(backlogBytes, room));
    }

    private boolean fits(ArrayDeque<Waiting> queue, int size) {
        return queue.size() < services.limits().maxMessages() && backlogBytes + size <= mostBytes();
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
        Waiting done = sharedInflight == null ? null : sharedInflight.remove(seq);
        if (done != null) {
            letGo(done);
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
            unacknowledged.values().forEach(this::letGo);
            unacknowledged.values().stream()
                    .filter(delivery -> delivery.qos() == 1) // begun at QoS 2 it is this client's alone [MQTT-4.8.2-5]
                    .forEach(TransientSession::giveBack);
        }
        if (waiting != null) {
            for (Iterator<Waiting> it = waiting.iterator(); it.hasNext(); ) {
                Waiting next = it.next();
                giveBack(next);
                letGo(next);
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
