// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.log.LogFollower;
import dev.holdfast.gateway.session.log.LogTail;
import dev.holdfast.gateway.session.outbound.InflightWindow.State;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.log.LogEntry;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.LogCursor;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What one log has for one session: the messages behind its cursor, of which at most {@link LogCursor#WINDOW} are under way. On the
 * session's thread.
 *
 * <p>What is done is told to the store late, many indexes at a time. Nothing is sent at an index of which the cursor in the store lies
 * {@link LogCursor#WINDOW} or more behind: see {@link LogCursor}.
 */
final class LogBacklog extends LogFollower {
    /** The store is told when so many more are done: as many may be under way while it is being told. */
    private static final int TOLD_AT_ONCE = LogCursor.WINDOW / 2;
    /** Where so many indexes are missing at once the store has left them out: nobody was given them. */
    private static final long LEAP = 1_000_000;

    private final LogDeliveries deliveries;
    private final Outbound outbound;
    private final LogTail tail;
    private final Subscription subscription;
    private final int[] identifiers;
    private final int slot;
    private final InflightWindow window;
    /** Up to here an earlier connection may have sent messages: they go out with DUP [MQTT-3.3.1-1]. */
    private long resendUpTo;
    /** Whether {@link #resendUpTo} is known. */
    private boolean isMarkSure;
    /** What an earlier connection had done, or whose PUBREC had come, from its first index on; ascending. */
    private final long[] doneBefore;

    private final long[] releasedBefore;
    /** The index before which the subscription has ended, or 0. */
    private long end;
    /** The first index of the cursor in the store. */
    private long stored;

    private boolean isDirty;
    private boolean isUrgent;
    /** Whether the store knows that the subscription is over. */
    private boolean isOverToo;

    LogBacklog(LogDeliveries deliveries, Outbound outbound, LogCursor cursor) {
        this.deliveries = deliveries;
        this.outbound = outbound;
        this.slot = cursor.slot();
        this.subscription = cursor.subscription();
        this.identifiers =
                subscription.identifier() > 0 ? new int[] {subscription.identifier()} : EnqueueTarget.NO_IDENTIFIERS;
        this.window = InflightWindow.ofLog(slot);
        window.startAt(cursor.first());
        this.resendUpTo = cursor.sent();
        this.isMarkSure = cursor.isMarkSure();
        this.doneBefore = cursor.done();
        this.releasedBefore = cursor.released();
        this.end = cursor.end();
        this.stored = cursor.first();
        this.tail = deliveries.logs().tail(outbound.thread, subscription.filter(), this);
    }

    int slot() {
        return slot;
    }

    Subscription subscription() {
        return subscription;
    }

    /** Whether the subscription goes on. */
    boolean isOpen() {
        return end == 0;
    }

    /** The index above all that may have been sent. */
    long unsent() {
        return Math.max(window.next(), resendUpTo + 1);
    }

    /** The subscription has ended: what has been sent is finished, nothing else is sent [MQTT-3.10.4-3]. */
    void end() {
        end = unsent();
        isDirty = true;
    }

    /** The session is resumed: asks for what has come meanwhile, and, if the last gateway has died, how far that may have sent. */
    void resume() {
        if (isMarkSure) {
            tail.ask(window.next());
        } else {
            deliveries
                    .logs()
                    .end(subscription.filter())
                    .whenComplete((next, failure) -> outbound.onThread(() -> {
                        if (!outbound.isClosed() && failure == null) {
                            sentBefore(next);
                        }
                    }));
        }
    }

    /** Asks again for what has not been answered. */
    void tick() {
        if (!isMarkSure) {
            resume();
        }
    }

    /** The last gateway has sent nothing from an index on, since the log did not have it. */
    void sentBefore(long index) {
        if (isMarkSure) {
            return;
        }
        isMarkSure = true;
        resendUpTo = Math.min(resendUpTo, index - 1);
        if (end > 0) {
            end = Math.max(window.first(), Math.min(end, unsent()));
        }
        tail.reaches(index);
        outbound.pump();
    }

    /** The subscription begins at an index: nothing has been sent. */
    void begin(long index) {
        isMarkSure = true;
        resendUpTo = index - 1;
        tail.reaches(index);
    }

    @Override
    protected void wake() {
        outbound.pump();
    }

    void leave() {
        deliveries.logs().leave(outbound.thread, tail, this);
    }

    // ---- messages out

    /** Whether nothing waits to be sent, as far as is known. */
    boolean isEmpty() {
        return tail.isAtEnd(window.next()) || isAtItsEnd();
    }

    private boolean isAtItsEnd() {
        return end > 0 && window.next() >= end;
    }

    /** Whether this subscription has taken the place of another one that has not sent all that was before its end [MQTT-4.6.0-6]. */
    boolean isBehind(LogBacklog other) {
        return other.end > 0
                && (end == 0 || other.end < end)
                && !other.isAtItsEnd()
                && other.subscription.filter().equals(subscription.filter());
    }

    /** Goes on by one index, if there is something and there is room for it; answers whether it did. */
    boolean sendNext() {
        long index = window.next();
        if (isAtItsEnd() || !isMarkSure) {
            return false;
        }
        if (index >= stored + LogCursor.WINDOW) {
            return false; // the store is told first
        }
        if (index <= resendUpTo && Arrays.binarySearch(doneBefore, index) >= 0) {
            skip(index);
            return true;
        }
        if (index <= resendUpTo && Arrays.binarySearch(releasedBefore, index) >= 0) {
            owe(index);
            return true;
        }
        LogEntry entry = tail.from(index);
        if (entry == null) {
            return false;
        }
        return entry.index() == index ? send(entry) : pass(index, entry.index());
    }

    private boolean send(LogEntry entry) {
        Message message = entry.message();
        long index = entry.index();
        int qos = Math.min(subscription.qos(), message.qos()); // [MQTT-3.8.4-8]
        if (subscription.noLocal() && outbound.ref.clientId().equals(entry.publisher())) { // [MQTT-3.8.3-3]
            skip(index);
            return true;
        }
        boolean isResent = index <= resendUpTo && qos > 0;
        if ((qos > 0 && !outbound.window.takesAnother()) || !outbound.outlet.hasRoomFor(message)) {
            return false;
        }
        if (!isResent && !isTimely(message, qos)) {
            skip(index);
            return true;
        }
        // The client may have begun to receive a resent message: it is finished though it has expired [MQTT-4.3.3-7].
        if (isResent && !outbound.mayReceive(message)) {
            giveUp(index, qos);
            return true;
        }
        outbound.overtakenBy(message);
        boolean retain = subscription.retainAsPublished() && message.isRetain(); // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
        boolean isSent = outbound.outlet.publish(message, window.packetId(index), qos, retain, isResent, identifiers);
        if (qos == 0 || (!isSent && !isResent)) {
            skip(index);
        } else if (!isSent) {
            giveUp(index, qos);
        } else {
            window.sent(index, qos == 1 ? State.AWAITING_PUBACK : State.AWAITING_PUBREC);
            outbound.window.besides(1);
        }
        return true;
    }

    /** Whether a message that has not been sent may be; counts it if not. */
    private boolean isTimely(Message message, int qos) {
        if (message.arrivedAtMillis() >= deliveries.sinceMillis()) {
            return outbound.mayDeliverAtOnce(message);
        }
        if (qos == 0 && !outbound.services.queueQos0()) {
            outbound.services.metrics().dropped(Dropped.OFFLINE);
            outbound.outlet.dropped(message, Dropped.OFFLINE);
            return false;
        }
        return outbound.mayDeliver(message);
    }

    /**
     * What may have been sent before is not sent again. At QoS 2 the client may hold its identifier, under which it would take the next
     * message for this one: PUBREL ends the exchange, whether it does or not.
     */
    private void giveUp(long index, int qos) {
        if (qos == 2) {
            owe(index);
        } else {
            skip(index);
        }
    }

    /** Nothing is to be sent at an index. */
    private void skip(long index) {
        window.sent(index, State.DONE);
        changed();
    }

    /** PUBREL is owed at an index, even if the client takes no other exchange [MQTT-4.9.0-3]. */
    private void owe(long index) {
        window.sent(index, State.AWAITING_PUBCOMP);
        outbound.window.besides(1);
        outbound.outlet.pubrel(window.packetId(index)); // [MQTT-4.4.0-1]
    }

    /** The limits of the log have taken the messages from one index up to another. */
    private boolean pass(long from, long to) {
        if (from <= resendUpTo && subscription.qos() == 2) {
            // The client may hold the identifier of a message that is gone: PUBREL ends the exchange, whether it does
            // or not.
            owe(from);
            lost(1);
            return true;
        }
        if (to - 1 >= stored + LogCursor.WINDOW && !window.isEmpty()) {
            return false; // what is under way comes first
        }
        lost(to - from < LEAP ? to - from : 0);
        window.sent(to - 1, State.DONE);
        changed();
        return true;
    }

    private void lost(long count) {
        if (count > 0) {
            outbound.services.metrics().dropped(Dropped.QUEUE_FULL, count);
            outbound.outlet.dropped(null, Dropped.QUEUE_FULL);
        }
    }

    // ---- acknowledgements

    /** PUBACK, PUBCOMP, or a PUBREC that refuses. Goes on, unless the session waits for its turn among those that read the log. */
    Acknowledgement done(int packetId, State expected) {
        long index = window.seqOf(packetId);
        State state = window.state(index);
        if (state != expected) {
            return Acknowledgement.unexpected(state, expected);
        }
        boolean hadRoom = outbound.window.takesAnother() && window.next() < stored + LogCursor.WINDOW;
        window.move(index, State.DONE);
        outbound.window.besides(-1);
        changed();
        if (!hadRoom || !tail.isWokenSoon(this)) {
            outbound.pump();
        }
        return Acknowledgement.TAKEN;
    }

    /** PUBREC: PUBREL leaves when the store has it. */
    Acknowledgement pubrec(int packetId) {
        long index = window.seqOf(packetId);
        switch (window.state(index)) {
            case AWAITING_PUBREC -> {
                window.move(index, State.RELEASING);
                isDirty = true;
                isUrgent = true;
                deliveries.tellSoon();
            }
            case AWAITING_PUBCOMP -> outbound.outlet.pubrel(packetId);
            case RELEASING -> {
                // answered when the store has the release
            }
            case AWAITING_PUBACK -> {
                return Acknowledgement.WRONG;
            }
            case DONE -> {
                return Acknowledgement.UNKNOWN;
            }
        }
        return Acknowledgement.TAKEN;
    }

    private void changed() {
        isDirty = true;
        if (window.first() - stored >= TOLD_AT_ONCE || isOver()) {
            isUrgent = true;
            deliveries.tellSoon();
        }
    }

    // ---- the cursor in the store

    /** Whether the subscription has ended and nothing of it is under way. */
    boolean isOver() {
        return end > 0 && window.first() >= end;
    }

    /** Whether the store does not know how far the session has come. */
    boolean isDirty() {
        return isDirty;
    }

    /** Whether the store is to be told soon. */
    boolean isUrgent() {
        return isUrgent;
    }

    /** Whether the subscription is over and the store knows it: the slot is free. */
    boolean isFree() {
        return isOverToo;
    }

    /** The store is to be told again. */
    void doubt() {
        isDirty = true;
    }

    /** How far the session has come, for the store. A gateway that dies may have sent as far as the window reaches. */
    LogCursor cursor(boolean isLast) {
        isDirty = false;
        isUrgent = false;
        long first = window.first();
        long sent = isLast
                ? Math.max(window.next() - 1, Math.min(resendUpTo, first + LogCursor.WINDOW - 1))
                : first + LogCursor.WINDOW - 1;
        LongStream.Builder released = LongStream.builder();
        window.forEach(State.RELEASING, released);
        window.forEach(State.AWAITING_PUBCOMP, released);
        // What an earlier connection had done or released, and this one has not come to yet.
        long next = window.next();
        return new LogCursor(
                slot,
                subscription,
                first,
                sent,
                end,
                LongStream.concat(LongStream.of(window.doneBeyond()), ahead(doneBefore, next))
                        .toArray(),
                LongStream.concat(released.build(), ahead(releasedBefore, next))
                        .sorted()
                        .toArray());
    }

    private static LongStream ahead(long[] indexes, long from) {
        return Arrays.stream(indexes).filter(index -> index >= from);
    }

    /** The store has a cursor: the exchanges that it says are released go on. */
    void told(LogCursor cursor) {
        stored = Math.max(stored, cursor.first());
        isOverToo |= cursor.isOver();
        for (long index : cursor.released()) {
            if (window.state(index) == State.RELEASING) {
                window.move(index, State.AWAITING_PUBCOMP);
                outbound.outlet.pubrel(window.packetId(index)); // [MQTT-4.3.3-4]
            }
        }
    }

    /** How many exchanges are under way. */
    int outstanding() {
        return window.outstanding();
    }
}
