// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The backlog of a session that outlives its connection: every message of QoS 1 and 2 stands in the store's queue before
 * it is sent, and leaves the queue when the client has acknowledged it and all before it.
 */
final class StoredBacklog implements Backlog {
    private static final CompletableFuture<Boolean> DELIVERED = CompletableFuture.completedFuture(true);
    private static final long[] NONE = {};
    private static final int TICKS_BETWEEN_LOOKS = 15;
    private static final int MOST_COPIES = 32;

    private final Session session;
    private final StoredQueue queue;
    private final Settlement settlement;
    /** Up to here an earlier connection may have sent messages: they go out with DUP [MQTT-3.3.1-1]. */
    private final long resendUpTo;
    /** What stands below was queued before this connection. */
    private final long queuedBefore;

    private int ticksToLook;
    private @Nullable SharedDeliveries shared;
    private @Nullable RetainedCopies copies;
    /** The highest position that was put while this connection was there, and that the session has been told of. */
    private long toldUpTo;
    /** Whether the session has ended with its connection: then the store keeps what other members are to have. */
    private boolean hasEnded;

    StoredBacklog(Session session, Attached attached) {
        this.session = session;
        this.resendUpTo = attached.sentMark();
        this.queuedBefore = attached.nextSeq();
        this.toldUpTo = attached.nextSeq() - 1;
        this.settlement = new Settlement(this, session, attached.firstSeq() - 1);
        this.queue = new StoredQueue(this, session, attached.firstSeq(), attached.nextSeq(), attached.leftOut());
    }

    // ---- messages in

    /** QoS 0 leaves at once; behind others it is queued, so that it does not overtake them [MQTT-4.6.0-6]. */
    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (qos == 0 && (!isBehindOthers() || !session.services.queueQos0())) {
            boolean isSent = session.deliverQos0(message, retain, subscriptionIdentifiers);
            session.overtakenBy(message);
            return isSent;
        }
        if (qos == 0 && session.services.store().isBehind(session.clientId())) {
            session.services.metrics().dropped(Dropped.STORE);
            session.missed(message);
            return true;
        }
        session.overtakenBy(message);
        enqueue(message, targetOf(qos, retain, subscriptionIdentifiers), origin);
        return true;
    }

    private boolean isBehindOthers() {
        return session.slot().isQueuing() || !queue.isEmpty();
    }

    private EnqueueTarget targetOf(int qos, boolean retain, int[] subscriptionIdentifiers) {
        return new EnqueueTarget(session.clientId(), session.slot().born(), qos, retain, subscriptionIdentifiers);
    }

    /** Puts a message into this session's own queue. */
    private void enqueue(Message message, EnqueueTarget target, @Nullable SharedOrigin origin) {
        SessionSlot slot = session.slot();
        boolean isQos0 = target.qos() == 0;
        if (isQos0) {
            slot.queuing();
        }
        session.services.store().enqueue(message, List.of(target), false).whenComplete((results, failure) -> {
            Enqueued stored = results == null ? null : results.get(0);
            if (stored != null && stored.dropped() > 0) {
                session.services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            }
            if (stored == null || stored.seq() == 0) {
                if (isQos0) {
                    slot.notQueuedHere();
                }
            } else if (isQos0) {
                slot.queuedQos0(stored, target, message, origin);
            } else {
                session.onThread(() -> queued(stored.seq(), message, target, stored.dropped() > 0, origin));
            }
        });
    }

    @Override
    public void queued(
            long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin) {
        if (hasDropped) {
            dropped();
        }
        toldUpTo = Math.max(toldUpTo, seq);
        session.overtakenBy(message);
        offer(seq, message, target, origin);
    }

    /** Takes note of a message that was read from the queue: perhaps nobody has told of it. */
    void read(QueuedMessage queued) {
        Message message = queued.message();
        if (queued.seq() > toldUpTo && message != null && (copies == null || !copies.has(queued.seq()))) {
            toldUpTo = queued.seq();
            session.overtakenBy(message);
        }
    }

    private void offer(long seq, Message message, EnqueueTarget target, @Nullable SharedOrigin origin) {
        if (session.isClosed()) {
            if (origin != null && !hasEnded && session.slot().live() == null && origin.canMoveOn()) {
                // The client has left while the message was being stored for it.
                settlement.ifStillOurs(() -> moveOn(seq, message, origin));
            }
            return;
        }
        if (origin != null) {
            SharedDeliveries deliveries = shared;
            if (deliveries == null) {
                deliveries = new SharedDeliveries(session.services.limits(), session.services.memory());
                shared = deliveries;
            }
            deliveries.add(seq, message, origin, session.window.next());
        }
        int qos = target.qos();
        boolean retain = target.retain();
        int[] identifiers = target.subscriptionIdentifiers();
        if (queue.isNext(seq) && session.window.hasRoomFor(seq) && session.outlet.hasRoomFor(message)) {
            queue.passed(seq);
            transmit(seq, message, session.mayDeliverAtOnce(message), qos, retain, false, identifiers);
        } else {
            queue.offer(new QueuedMessage(seq, qos, retain, identifiers, message, QueuedMessage.State.QUEUED));
            session.pump();
        }
    }

    @Override
    public void reaches(long seq) {
        queue.reaches(seq);
    }

    @Override
    public void dropped() {
        session.outlet.dropped(null, Dropped.QUEUE_FULL);
        queue.forget();
    }

    @Override
    public void look() {
        if (!session.isClosed()) {
            queue.look();
            session.pump();
        }
    }

    /**
     * Takes up what a failed call has left. Where there are other gateways, whose hints may be lost, it looks into the
     * queue now and then, and soon after the client has come: nobody has told what was queued between the store's answer to
     * the attach and the session's entry.
     */
    @Override
    public void tick() {
        settlement.soon();
        if (session.services.neighbours().mayExist() && --ticksToLook < 0) {
            ticksToLook = TICKS_BETWEEN_LOOKS;
            look();
        } else {
            session.pump();
        }
    }

    // ---- retained messages

    @Override
    public boolean takesRetained(int qos) {
        if (session.isClosed() || !session.outlet.hasRoom()) {
            return false;
        }
        int unsent = copies == null ? 0 : copies.unsent();
        if (queue.isEmpty()) {
            return qos == 0 || unsent < session.window.room();
        }
        // Some may always stand behind what waits: a client that is always a little behind would get none otherwise.
        int most = Math.min(session.services.limits().maxMessages() / 4, MOST_COPIES);
        return !isFarBehind() && unsent < Math.max(1, most);
    }

    /** What was queued while the client was away is older than a retained message, and comes first. */
    @Override
    public boolean isFarBehind() {
        return !queue.hasReached(queuedBefore);
    }

    /** None: they stand in the queue, in front of whatever is put into it. */
    @Override
    public void forEachUnsent(Consumer<Message> visitor) {}

    @Override
    public @Nullable PlaceInQueue placeBehindUnsent() {
        return null;
    }

    @Override
    public CompletionStage<Boolean> deliverRetained(
            Message message, int qos, int[] subscriptionIdentifiers, RetainedCopy copy) {
        if (qos == 0 && !isBehindOthers()) {
            copy.left();
            session.deliverQos0(message, true, subscriptionIdentifiers);
            return DELIVERED;
        }
        RetainedCopies all = copies == null ? new RetainedCopies() : copies;
        copies = all;
        all.begun();
        EnqueueTarget target = targetOf(qos, true, subscriptionIdentifiers);
        return session.services.store().enqueue(message, List.of(target), false).handle((results, failure) -> {
            if (failure != null) {
                session.failed(failure);
                return true;
            }
            Enqueued stored = results.get(0);
            session.onThread(() -> copied(stored, message, target, all, copy));
            return stored.seq() > 0;
        });
    }

    private void copied(Enqueued stored, Message message, EnqueueTarget target, RetainedCopies all, RetainedCopy copy) {
        if (stored.dropped() > 0) {
            session.services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            dropped();
        }
        if (stored.seq() > 0) {
            all.queued(stored.seq(), copy);
            offer(stored.seq(), message, target, null);
        } else {
            all.refused();
        }
    }

    /** Whether a position that is about to be sent has a retained message that a newer one has overtaken. */
    private boolean isOvertaken(long seq) {
        RetainedCopies all = copies;
        if (all == null) {
            return false;
        }
        boolean isOvertaken = all.overtakenAt(seq);
        if (all.unsent() == 0) {
            copies = null;
        }
        return isOvertaken;
    }

    // ---- messages out

    @Override
    public boolean isEmpty() {
        return queue.isEmpty();
    }

    @Override
    public boolean sendNext() {
        QueuedMessage next = queue.peek();
        if (next == null || !mayBeSent(next)) {
            return false;
        }
        queue.passed(next.seq());
        switch (next.state()) {
            case DONE -> session.window.sent(next.seq(), InflightWindow.State.DONE);
            case RELEASED -> {
                session.window.sent(next.seq(), InflightWindow.State.AWAITING_PUBCOMP);
                session.outlet.pubrel(QueuedMessage.packetId(next.seq())); // [MQTT-4.4.0-1]
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

    /** A PUBREL is owed even if the window is full [MQTT-4.9.0-3], but not under the identifier of another exchange. */
    private boolean mayBeSent(QueuedMessage next) {
        return switch (next.state()) {
            case DONE -> true;
            case RELEASED -> session.window.isFree(next.seq());
            case QUEUED ->
                session.window.hasRoomFor(next.seq())
                        && (next.message() == null || session.outlet.hasRoomFor(next.message()));
        };
    }

    private void transmitQueued(QueuedMessage next, Message message) {
        boolean isResent = next.seq() <= resendUpTo && next.qos() > 0;
        // The client may have begun to receive a resent message: it is finished though it has expired [MQTT-4.3.3-7].
        boolean may = isResent ? session.mayReceive(message) : session.mayDeliver(message);
        transmit(next.seq(), message, may, next.qos(), next.retain(), isResent, next.subscriptionIdentifiers());
    }

    private void transmit(
            long seq,
            Message message,
            boolean may,
            int qos,
            boolean retain,
            boolean isResent,
            int[] subscriptionIdentifiers) {
        boolean isOvertaken = isOvertaken(seq);
        if (may && !isOvertaken) {
            session.send(seq, message, qos, retain, isResent, subscriptionIdentifiers);
        } else {
            session.window.sent(seq, InflightWindow.State.DONE);
            skipped(seq);
        }
        settlement.soon();
    }

    /** The messages that wait stand in the store. */
    @Override
    public int waiting() {
        return 0;
    }

    @Override
    public long waitingBytes() {
        return 0;
    }

    // ---- acknowledgements

    @Override
    public void release(long seq) {
        session.services.store().release(session.ref(), seq).whenComplete((nothing, failure) -> {
            if (failure == null) {
                session.onThread(() -> session.released(seq));
            } else {
                session.failed(failure);
            }
        });
    }

    @Override
    public void acknowledged(long seq) {
        skipped(seq);
        settlement.soon();
    }

    @Override
    public void skipped(long seq) {
        if (shared != null) {
            shared.done(seq);
        }
        settlement.done(seq);
    }

    /** Everything below a position is done. */
    void doneBefore(long seq) {
        if (shared != null) {
            shared.doneBefore(seq);
        }
    }

    @Override
    public boolean owesTheStore() {
        return settlement.owesWatermark();
    }

    @Override
    public CompletableFuture<@Nullable Void> settle() {
        // Whoever resumes the session need not send retained messages that newer ones have overtaken.
        return settlement.finish(copies == null ? NONE : copies.overtaken());
    }

    // ---- the end

    @Override
    public void redistributeShared(CompletableFuture<?> settled, boolean ended) {
        hasEnded = ended;
        SharedDeliveries unacknowledged = shared;
        shared = null;
        if (unacknowledged == null) {
            return;
        }
        unacknowledged.letGo();
        if (!ended) {
            settled.thenRun(
                    () -> session.thread().execute(() -> unacknowledged.moveOn(this::isUntouched, this::moveOn)));
        }
    }

    /** Whether another member may have a position: a client has begun to receive one of QoS 2 [MQTT-4.8.2-5]. */
    private boolean isUntouched(long seq) {
        return seq >= session.window.next() || session.window.state(seq) == InflightWindow.State.AWAITING_PUBACK;
    }

    /** Has another member of the shared subscription given a message, and then takes its position out of the queue. */
    private void moveOn(long seq, Message message, SharedOrigin origin) {
        LongConsumer takeOut = settlement.takingOut();
        origin.redistribute(message).thenAccept(isTaken -> {
            if (isTaken) {
                takeOut.accept(seq);
            }
        });
    }

    @Override
    public void letGo() {
        queue.letGo();
    }

    // ---- a store that may have lost its last writes

    @Override
    public void tellAgain() {
        settlement.again();
        session.window.forEach(
                InflightWindow.State.AWAITING_PUBCOMP,
                seq -> session.services.store().release(session.ref(), seq));
        session.window.forEach(InflightWindow.State.RELEASING, this::release);
        session.inbound().holdAgain();
        look();
    }

    @Override
    public long highestSeq() {
        return Math.max(session.sentMark(), queue.highest() - 1);
    }

    @Override
    public List<SeqRange> leftOut() {
        return queue.leftOut();
    }
}
