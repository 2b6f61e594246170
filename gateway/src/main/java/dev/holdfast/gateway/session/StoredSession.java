// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A session that outlives its connection: every QoS 1 and 2 message stands in the store's queue before it is sent, and
 * leaves it when the client has acknowledged it and all before it.
 */
public final class StoredSession extends Session {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final long[] NONE = {};
    private static final int TICKS_BETWEEN_LOOKS = 15;
    private static final int MOST_TOLD_AT_ONCE = 1_024;
    private static final int MOST_COPIES = 32;

    private final StoredBacklog backlog;
    private final long resendUpTo;
    private final long queuedBefore;
    private final Runnable settleAtTurnEnd = this::settleWatermark;
    private long settledUpTo;
    private boolean settleScheduled;
    private int ticksToLook;
    /** What is done while a lower position is not, and the store has not heard of. */
    private final UntoldPositions doneBeyond = new UntoldPositions();

    private @Nullable SharedDeliveries shared;
    private @Nullable RetainedCopies copies;
    /** The highest position of a message that was published while this connection was there, and has been told of. */
    private long toldUpTo;
    /** Whether the session has ended with its connection: the store keeps what others are to have. */
    private boolean endedHere;

    StoredSession(
            SessionSlot slot,
            Attached attached,
            SessionThread thread,
            Outlet outlet,
            int receiveMaximum,
            SessionServices services) {
        super(
                slot,
                attached.ref(),
                thread,
                outlet,
                receiveMaximum,
                InboundExchanges.inStore(
                        services.store(), attached.ref(), thread, services.memory(), attached.inboundPacketIds()),
                services);
        this.resendUpTo = attached.sentMark();
        this.settledUpTo = attached.firstSeq() - 1;
        this.queuedBefore = attached.nextSeq();
        this.toldUpTo = attached.nextSeq() - 1;
        window.startAt(attached.firstSeq());
        this.backlog = new StoredBacklog(this, attached.firstSeq(), attached.nextSeq(), attached.leftOut());
    }

    /**
     * Takes note of a message that the store has put at a position of this session's queue, and sends it if its turn
     * has come.
     *
     * @param origin the shared subscription it came through, or null
     */
    public void offer(
            long seq,
            Message message,
            int qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            @Nullable SharedOrigin origin) {
        toldUpTo = Math.max(toldUpTo, seq);
        overtakenBy(message);
        queued(seq, message, qos, retain, subscriptionIdentifiers, origin);
    }

    /** Takes note of a message that was read from the queue: it may be that no other word of it has come. */
    void read(QueuedMessage queued) {
        Message message = queued.message();
        if (queued.seq() > toldUpTo && message != null && (copies == null || !copies.has(queued.seq()))) {
            toldUpTo = queued.seq();
            overtakenBy(message);
        }
    }

    private void queued(
            long seq,
            Message message,
            int qos,
            boolean retain,
            int[] subscriptionIdentifiers,
            @Nullable SharedOrigin origin) {
        if (isClosed()) {
            if (origin != null && !endedHere && slot().live() == null && origin.canMoveOn()) {
                // It left while the message was being stored for it.
                whenStillHere(() -> moveOn(seq, message, origin));
            }
            return;
        }
        if (origin != null) {
            SharedDeliveries deliveries = shared;
            if (deliveries == null) {
                deliveries = new SharedDeliveries(services.limits(), services.memory());
                shared = deliveries;
            }
            deliveries.add(seq, message, origin, window.next());
        }
        if (backlog.isNext(seq) && window.hasRoomFor(seq) && outlet.hasRoomFor(message)) {
            backlog.passed(seq);
            transmit(seq, message, mayDeliverAtOnce(message), qos, retain, false, subscriptionIdentifiers);
        } else {
            backlog.offer(
                    new QueuedMessage(seq, qos, retain, subscriptionIdentifiers, message, QueuedMessage.State.QUEUED));
            pump();
        }
    }

    /** The queue is known to reach to a position, though its message was offered to nobody. */
    void expect(long seq) {
        backlog.reaches(seq);
    }

    /** The queue limit has taken messages that were waiting for this client. */
    public void dropped() {
        outlet.dropped(null, Dropped.QUEUE_FULL);
        backlog.forget();
    }

    /** A QoS 0 message leaves at once; behind others it is queued, so that it does not overtake [MQTT-4.6.0-6]. */
    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (isClosed()) {
            return false;
        }
        boolean isBehindOthers = slot().isQueuing() || !backlog.isEmpty();
        if (qos == 0 && (!isBehindOthers || !services.queueQos0())) {
            boolean sent = deliverQos0(message, retain, subscriptionIdentifiers);
            overtakenBy(message);
            return sent;
        }
        if (qos == 0 && services.store().isBehind(slot().clientId())) {
            services.metrics().dropped(Dropped.STORE);
            missed(message);
            return true;
        }
        overtakenBy(message);
        enqueue(message, qos, retain, subscriptionIdentifiers, origin);
        return true;
    }

    @Override
    public boolean takesRetained(int qos) {
        if (isClosed() || !outlet.hasRoom()) {
            return false;
        }
        int unsent = copies == null ? 0 : copies.unsent();
        if (backlog.isEmpty()) {
            return qos == 0 || unsent < window.room();
        }
        // Behind what waits there is always room for some, or a client that is always a little behind would get none.
        return !isFarBehind() && unsent < Math.max(1, Math.min(services.limits().maxMessages() / 4, MOST_COPIES));
    }

    /** What was queued for the client while it was away comes first: it is older. */
    @Override
    public boolean isFarBehind() {
        return !backlog.hasReached(queuedBefore);
    }

    /** They stand in the queue, in front of whatever is put into it. */
    @Override
    public void forEachUnsent(Consumer<Message> visitor) {}

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        if (qos == 0 && backlog.isEmpty() && !slot().isQueuing()) {
            copy.left();
            deliverQos0(message, true, subscriptionIdentifiers);
            return DELIVERED;
        }
        RetainedCopies all = copies == null ? new RetainedCopies() : copies;
        copies = all;
        all.begun();
        EnqueueTarget target = new EnqueueTarget(clientId(), slot().born(), qos, true, subscriptionIdentifiers);
        return services.store().enqueue(message, List.of(target), false).handle((results, failure) -> {
            if (failure != null) {
                failed(failure);
                return true;
            }
            Enqueued stored = results.get(0);
            if (thread().isCurrent()) {
                copied(stored, message, target, all, copy);
            } else {
                thread().execute(() -> copied(stored, message, target, all, copy));
            }
            return stored.seq() > 0;
        });
    }

    private void copied(Enqueued stored, Message message, EnqueueTarget target, RetainedCopies all, RetainedCopy copy) {
        if (stored.dropped() > 0) {
            services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            dropped();
        }
        if (stored.seq() > 0) {
            all.queued(stored.seq(), copy);
            queued(stored.seq(), message, target.qos(), target.retain(), target.subscriptionIdentifiers(), null);
        } else {
            all.refused();
        }
    }

    /** Whether a position that is about to be sent has a retained message that something newer has overtaken. */
    private boolean isOvertaken(long seq) {
        RetainedCopies all = copies;
        if (all == null) {
            return false;
        }
        boolean overtaken = all.overtakenAt(seq);
        if (all.unsent() == 0) {
            copies = null;
        }
        return overtaken;
    }

    /** Puts a message into this session's own queue; completes with whether it has it. */
    private CompletionStage<Boolean> enqueue(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        EnqueueTarget target = new EnqueueTarget(clientId(), slot().born(), qos, retain, subscriptionIdentifiers);
        if (qos == 0) {
            slot().queuing();
        }
        return services.store().enqueue(message, List.of(target), false).handle((results, failure) -> {
            Enqueued stored = results == null ? null : results.get(0);
            if (stored == null || stored.seq() == 0) {
                if (qos == 0) {
                    slot().notQueuedHere();
                }
            } else if (qos == 0) {
                slot().queued(stored.seq(), live -> live.offer(stored, message, target, origin));
            } else if (thread().isCurrent()) {
                offer(stored, message, target, origin);
            } else {
                thread().execute(() -> offer(stored, message, target, origin));
            }
            if (failure != null) {
                throw failure instanceof CompletionException known ? known : new CompletionException(failure);
            }
            return stored != null && stored.seq() > 0;
        });
    }

    private void offer(Enqueued stored, Message message, EnqueueTarget target, @Nullable SharedOrigin origin) {
        if (stored.dropped() > 0) {
            services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            dropped();
        }
        offer(stored.seq(), message, target.qos(), target.retain(), target.subscriptionIdentifiers(), origin);
    }

    /**
     * Takes up what a failed read left. Where hints may be lost it looks for itself now and then, and soon after it has
     * come: what was queued between the attach's answer and now has been told to nobody.
     */
    @Override
    public void tick() {
        verifyAgain();
        tickSource();
        settleSoon();
        if (services.neighbours().mayExist() && --ticksToLook < 0) {
            ticksToLook = TICKS_BETWEEN_LOOKS;
            look();
        } else {
            pump();
        }
    }

    @Override
    public void catchUp() {
        look();
    }

    /** Reads on in the queue though no hint says that there is more. */
    void look() {
        if (!isClosed()) {
            backlog.look();
            pump();
        }
    }

    @Override
    public boolean isReady() {
        return !isClosed() && backlog.isEmpty() && window.hasRoomFor(window.next()) && outlet.hasRoom();
    }

    @Override
    public boolean isOwed() {
        return super.isOwed() || window.first() - 1 > settledUpTo;
    }

    @Override
    boolean sendNext() {
        QueuedMessage next = backlog.peek();
        if (next == null || !mayBeSent(next)) {
            return false;
        }
        backlog.passed(next.seq());
        switch (next.state()) {
            case DONE -> window.sent(next.seq(), InflightWindow.State.DONE);
            case RELEASED -> {
                window.sent(next.seq(), InflightWindow.State.AWAITING_PUBCOMP);
                outlet.pubrel(QueuedMessage.packetId(next.seq())); // [MQTT-4.4.0-1]
            }
            case QUEUED -> {
                Message message = next.message();
                if (message == null) {
                    throw new IllegalStateException("a queued position without a message");
                }
                transmitQueued(next, message);
            }
        }
        return true;
    }

    /** A PUBREL is owed whether the window is full or not [MQTT-4.9.0-3], but not under the identifier of another exchange. */
    private boolean mayBeSent(QueuedMessage next) {
        return switch (next.state()) {
            case DONE -> true;
            case RELEASED -> window.isFree(next.seq());
            case QUEUED ->
                window.hasRoomFor(next.seq()) && (next.message() == null || outlet.hasRoomFor(next.message()));
        };
    }

    private void transmitQueued(QueuedMessage next, Message message) {
        boolean resent = next.seq() <= resendUpTo && next.qos() > 0;
        // What the client may have begun to receive is finished even if it has expired since [MQTT-4.3.3-7].
        boolean may = resent ? mayReceive(message) : mayDeliver(message);
        transmit(next.seq(), message, may, next.qos(), next.retain(), resent, next.subscriptionIdentifiers());
    }

    private void transmit(
            long seq,
            Message message,
            boolean may,
            int qos,
            boolean retain,
            boolean resent,
            int[] subscriptionIdentifiers) {
        boolean overtaken = isOvertaken(seq);
        if (may && !overtaken) {
            send(seq, message, qos, retain, resent, subscriptionIdentifiers);
        } else {
            window.sent(seq, InflightWindow.State.DONE);
            skipped(seq);
        }
        settleSoon();
    }

    @Override
    public CompletableFuture<?> keep(List<Subscription> subscriptions) {
        return services.store().subscribe(ref(), subscriptions).toCompletableFuture();
    }

    @Override
    public CompletableFuture<?> forget(List<String> filters) {
        return services.store().unsubscribe(ref(), filters).toCompletableFuture();
    }

    @Override
    void storeRelease(long seq) {
        services.store().release(ref(), seq).whenComplete((nothing, failure) -> {
            if (failure == null) {
                if (thread().isCurrent()) {
                    released(seq);
                } else {
                    thread().execute(() -> released(seq));
                }
            } else {
                failed(failure);
            }
        });
    }

    @Override
    void acknowledged(long seq) {
        if (shared != null) {
            shared.done(seq);
        }
        noteDone(seq);
        settleSoon();
    }

    @Override
    void skipped(long seq) {
        if (shared != null) {
            shared.done(seq);
        }
        noteDone(seq);
    }

    private void noteDone(long seq) {
        if (seq > window.first()) {
            doneBeyond.add(seq);
        }
    }

    /** The store hears of acknowledgements once a turn: a lost call costs a redelivery, never a message. */
    private void settleSoon() {
        if (!settleScheduled && (!doneBeyond.isEmpty() || window.first() - 1 > settledUpTo)) {
            settleScheduled = true;
            thread().atTurnEnd(settleAtTurnEnd);
        }
    }

    private void settleWatermark() {
        settleScheduled = false;
        if (shared != null) {
            shared.doneBefore(window.first());
        }
        long upTo = window.first() - 1;
        if (!isClosed() && (!doneBeyond.isEmpty() || upTo > settledUpTo)) {
            settledUpTo = upTo;
            long[] beyond = doneBeyond.take(upTo);
            services.store().acknowledge(ref(), upTo, beyond).whenComplete((nothing, failure) -> {
                if (failure != null && isStale(failure)) {
                    failed(failure);
                }
                if (failure != null || beyond.length > 0) {
                    if (thread().isCurrent()) {
                        settled(beyond, failure == null);
                    } else {
                        thread().execute(() -> settled(beyond, failure == null));
                    }
                }
            });
            roomMade();
        }
    }

    /** The store has heard, or is to be told again at the next tick. */
    private void settled(long[] beyond, boolean heard) {
        if (!heard) {
            settledUpTo = 0;
        }
        if (beyond.length > 0 && heard) {
            doneBeyond.told();
        } else if (beyond.length > 0) {
            doneBeyond.failed();
        }
    }

    @Override
    CompletableFuture<@Nullable Void> settle() {
        long upTo = window.first() - 1;
        return services.store().acknowledge(ref(), upTo, doneOrOvertaken(upTo)).toCompletableFuture();
    }

    /** What needs no sending, whoever resumes: retained messages that something newer has overtaken too. */
    private long[] doneOrOvertaken(long upTo) {
        long[] done = doneBeyond.all(upTo);
        if (copies == null) {
            return done;
        }
        return LongStream.concat(LongStream.of(done), LongStream.of(copies.overtaken()))
                .toArray();
    }

    /**
     * A queue that another gateway has taken over is its to deliver from: then a message that moved on would have two
     * receivers.
     */
    private void whenStillHere(Runnable then) {
        services.store().acknowledge(ref(), window.first() - 1, NONE).thenRun(() -> thread().execute(then));
    }

    /** Has another member of the shared subscription given a message, and its position taken out of the queue then. */
    private void moveOn(long seq, Message message, SharedOrigin origin) {
        long settled = window.first() - 1; // the answer comes on another thread
        origin.redistribute(message).thenAccept(taken -> {
            if (taken) {
                services.store().acknowledge(ref(), settled, new long[] {seq});
            }
        });
    }

    @Override
    void redistributeShared(CompletableFuture<?> settled, boolean ended) {
        endedHere = ended;
        SharedDeliveries unacknowledged = shared;
        shared = null;
        if (unacknowledged != null) {
            unacknowledged.letGo();
        }
        // Of a session that ends, the store keeps what others are to have.
        if (unacknowledged != null && !ended) {
            settled.thenRun(() -> thread().execute(() -> unacknowledged.moveOn(this::isUntouched, this::moveOn)));
        }
    }

    @Override
    void letGo() {
        super.letGo();
        backlog.letGo();
    }

    /** Begun at QoS 2 it is this client's alone [MQTT-4.8.2-5]. */
    private boolean isUntouched(long seq) {
        return seq >= window.next() || window.state(seq) == InflightWindow.State.AWAITING_PUBACK;
    }

    @Override
    long highestSeq() {
        return Math.max(super.highestSeq(), backlog.highest() - 1);
    }

    @Override
    List<SeqRange> leftOut() {
        return backlog.leftOut();
    }

    @Override
    void tellAgain() {
        long upTo = window.first() - 1;
        long[] beyond = window.doneBeyond();
        int told = 0;
        do {
            int until = Math.min(beyond.length, told + MOST_TOLD_AT_ONCE);
            services.store().acknowledge(ref(), upTo, Arrays.copyOfRange(beyond, told, until));
            told = until;
        } while (told < beyond.length);
        window.forEach(
                InflightWindow.State.AWAITING_PUBCOMP, seq -> services.store().release(ref(), seq));
        window.forEach(InflightWindow.State.RELEASING, this::storeRelease);
        inbound.holdAgain();
        look();
    }
}
