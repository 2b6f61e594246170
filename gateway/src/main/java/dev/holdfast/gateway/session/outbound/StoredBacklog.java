// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The backlog of a session that outlives its connection: every message of QoS 1 and 2 stands in the store's queue before
 * it is sent, and leaves the queue when the client has acknowledged it and all before it.
 */
final class StoredBacklog implements Backlog {
    private static final long[] NONE = {};
    private static final int TICKS_BETWEEN_LOOKS = 15;

    private final Outbound outbound;
    private final SessionPlace place;
    /** The epoch of the attach with which the session began. */
    private final long born;

    private final StoredQueue queue;
    private final Settlement settlement;
    /** Up to here an earlier connection may have sent messages: they go out with DUP [MQTT-3.3.1-1]. */
    private final long resendUpTo;
    /** What stands below was queued before this connection. */
    private final long queuedBefore;

    private int ticksToLook;
    private @Nullable SharedDeliveries shared;
    /** Null while no retained message waits to be sent. */
    private @Nullable StoredIntake intake;
    /** The highest position that was put while this connection was there, and that the session has been told of. */
    private long toldUpTo;
    /** Whether the session has ended with its connection: then the store keeps what other members are to have. */
    private boolean hasEnded;

    StoredBacklog(Outbound outbound, SessionPlace place, Attached attached) {
        this.outbound = outbound;
        this.place = place;
        this.born = attached.born();
        this.resendUpTo = attached.sentMark();
        this.queuedBefore = attached.nextSeq();
        this.toldUpTo = attached.nextSeq() - 1;
        this.settlement = new Settlement(this, outbound, attached.firstSeq() - 1);
        this.queue = new StoredQueue(this, outbound, attached.firstSeq(), attached.nextSeq(), attached.leftOut());
    }

    // ---- messages in

    /** QoS 0 leaves at once; behind others it is queued, so that it does not overtake them [MQTT-4.6.0-6]. */
    @Override
    public boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin) {
        if (qos == 0 && (!isBehindOthers() || !outbound.services.queueQos0())) {
            boolean isSent = outbound.deliverQos0(message, retain, subscriptionIdentifiers);
            outbound.overtakenBy(message);
            return isSent;
        }
        if (qos == 0 && outbound.services.store().isBehind(outbound.ref.clientId())) {
            outbound.services.metrics().dropped(Dropped.STORE);
            outbound.missed(message);
            return true;
        }
        outbound.overtakenBy(message);
        enqueue(message, targetOf(qos, retain, subscriptionIdentifiers), origin);
        return true;
    }

    /** Whether a message that left at once would overtake others of QoS 0. */
    boolean isBehindOthers() {
        return place.isQueuing() || !queue.isEmpty();
    }

    /** What the store is asked to put into this session's queue. */
    EnqueueTarget targetOf(int qos, boolean retain, int[] subscriptionIdentifiers) {
        return new EnqueueTarget(outbound.ref.clientId(), born, qos, retain, subscriptionIdentifiers);
    }

    /** Puts a message into this session's own queue. */
    private void enqueue(Message message, EnqueueTarget target, @Nullable SharedOrigin origin) {
        boolean isQos0 = target.qos() == 0;
        if (isQos0) {
            place.queuing();
        }
        outbound.services.store().enqueue(message, List.of(target), false).whenComplete((results, failure) -> {
            Enqueued stored = results == null ? null : results.get(0);
            if (stored != null && stored.dropped() > 0) {
                outbound.services.metrics().dropped(Dropped.QUEUE_FULL, stored.dropped());
            }
            if (stored == null || stored.seq() == 0) {
                if (isQos0) {
                    place.notQueuedHere();
                }
            } else if (isQos0) {
                place.queuedQos0(stored, target, message, origin);
            } else {
                outbound.thread.run(() -> queued(stored.seq(), message, target, stored.dropped() > 0, origin));
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
        outbound.overtakenBy(message);
        offer(seq, message, target, origin);
    }

    /** Takes note of a message that was read from the queue. If no hint came for it, it counts as newer than retained messages. */
    void read(QueuedMessage queued) {
        Message message = queued.message();
        if (queued.seq() > toldUpTo && message != null && (intake == null || !intake.has(queued.seq()))) {
            toldUpTo = queued.seq();
            outbound.overtakenBy(message);
        }
    }

    /** Sends a message that stands in the queue if it is next; otherwise it waits for its turn. */
    void offer(long seq, Message message, EnqueueTarget target, @Nullable SharedOrigin origin) {
        if (outbound.isClosed()) {
            if (origin != null && !hasEnded && place.isAway() && origin.canMoveOn()) {
                // The client has left while the message was being stored for it.
                settlement.ifStillOurs(() -> SharedDeliveries.moveOn(settlement, seq, message, origin));
            }
            return;
        }
        if (origin != null) {
            SharedDeliveries deliveries = shared;
            if (deliveries == null) {
                deliveries = new SharedDeliveries(outbound, settlement);
                shared = deliveries;
            }
            deliveries.add(seq, message, origin);
        }
        int qos = target.qos();
        boolean retain = target.retain();
        int[] identifiers = target.subscriptionIdentifiers();
        if (queue.isNext(seq) && outbound.window.hasRoomFor(seq) && outbound.outlet.hasRoomFor(message)) {
            queue.passed(seq);
            transmit(seq, message, outbound.mayDeliverAtOnce(message), qos, retain, false, identifiers);
        } else {
            queue.offer(new QueuedMessage(seq, qos, retain, identifiers, message, QueuedMessage.State.QUEUED));
            outbound.pump();
        }
    }

    @Override
    public void reaches(long seq) {
        queue.reaches(seq);
    }

    @Override
    public void dropped() {
        outbound.outlet.dropped(null, Dropped.QUEUE_FULL);
        queue.forget();
    }

    @Override
    public void look() {
        if (!outbound.isClosed()) {
            queue.look();
            outbound.pump();
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
        if (outbound.services.hasNeighbours() && --ticksToLook < 0) {
            ticksToLook = TICKS_BETWEEN_LOOKS;
            look();
        } else {
            outbound.pump();
        }
    }

    // ---- retained messages

    @Override
    public RetainedIntake retained() {
        StoredIntake present = intake;
        if (present == null) {
            present = new StoredIntake(outbound, this);
            intake = present;
        }
        return present;
    }

    /** Whether all that was queued before this connection has been sent. */
    boolean hasCaughtUp() {
        return queue.hasReached(queuedBefore);
    }

    /** Whether a position that is about to be sent has a retained message that a newer one has overtaken. */
    private boolean isOvertaken(long seq) {
        StoredIntake present = intake;
        if (present == null) {
            return false;
        }
        boolean isOvertaken = present.overtakenAt(seq);
        if (present.isDone()) {
            intake = null;
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
            case DONE -> outbound.window.sent(next.seq(), InflightWindow.State.DONE);
            case RELEASED -> {
                outbound.window.sent(next.seq(), InflightWindow.State.AWAITING_PUBCOMP);
                outbound.outlet.pubrel(outbound.window.packetId(next.seq())); // [MQTT-4.4.0-1]
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
            case RELEASED -> outbound.window.isFree(next.seq());
            case QUEUED ->
                outbound.window.hasRoomFor(next.seq())
                        && (next.message() == null || outbound.outlet.hasRoomFor(next.message()));
        };
    }

    private void transmitQueued(QueuedMessage next, Message message) {
        boolean isResent = next.seq() <= resendUpTo && next.qos() > 0;
        // The client may have begun to receive a resent message: it is finished though it has expired [MQTT-4.3.3-7].
        boolean may = isResent ? outbound.mayReceive(message) : outbound.mayDeliver(message);
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
            outbound.send(seq, message, qos, retain, isResent, subscriptionIdentifiers);
        } else {
            outbound.window.sent(seq, InflightWindow.State.DONE);
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
        outbound.services.store().release(outbound.ref, seq).whenComplete((nothing, failure) -> {
            if (failure == null) {
                outbound.thread.run(() -> outbound.released(seq));
            } else {
                outbound.failed(failure);
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
        // The connection that resumes the session must not send retained messages that newer ones have overtaken.
        return settlement.finish(intake == null ? NONE : intake.overtaken());
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
            unacknowledged.redistribute(settled);
        }
    }

    @Override
    public void letGo() {
        queue.letGo();
    }

    // ---- a store that may have lost its last writes

    @Override
    public void tellAgain() {
        settlement.again();
        outbound.window.forEach(
                InflightWindow.State.AWAITING_PUBCOMP,
                seq -> outbound.services.store().release(outbound.ref, seq));
        outbound.window.forEach(InflightWindow.State.RELEASING, this::release);
        look();
    }

    @Override
    public long highestSeq() {
        return Math.max(outbound.sentMark(), queue.highest() - 1);
    }

    @Override
    public List<SeqRange> leftOut() {
        return queue.leftOut();
    }
}
