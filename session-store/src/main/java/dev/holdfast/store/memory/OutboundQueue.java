// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueueLimits;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.QueuedMessage.State;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one session is still to receive. Not thread-safe: its session is locked.
 *
 * <p>A slot holds a {@link Message} while it is QUEUED, the {@link MessageId} when it is RELEASED, nothing when it is
 * DONE. Appending and acknowledging cost O(1) amortised; dropping the oldest costs the number of positions in flight.
 */
final class OutboundQueue {
    /*
     * Which message may be dropped:
     *
     * Never one whose exchange may have begun, since its packet identifier is in use at the client and its seq in the
     * owner's window. The queue knows this much: it hands out messages by read, in order; and an owner that has read
     * all there was when it attached may send every later one at once, because enqueue tells it of each. Hence
     *
     *   - offline, everything above the sent mark of the last detach may go;
     *   - owned, everything above what has been read may go as long as the next unread one was queued before the
     *     attach: the owner sends in order, so it has sent nothing beyond;
     *   - owned, everything behind the client's Receive Maximum may go, of what is owed: the owner cannot have sent it.
     *     All that is done was sent, so this bound is as many slots from the front as are done or may be outstanding. An
     *     acknowledgement on its way makes it late by as many positions as it covers; then a message may be sent and
     *     counted as dropped, both.
     *
     * Nothing up to the sent mark ever goes.
     *
     * What is done out of order leaves an empty slot, so that a seq is found by subtraction; such slots go when they are
     * more than those that are owed. So a message that is never acknowledged makes nothing grow.
     *
     * ownedFrom is the first seq of this ownership and infinite while there is none, which makes both one rule.
     */
    private static final byte QOS = 3;
    private static final byte RETAIN = 4;
    private static final byte RELEASED = 8;
    private static final byte DONE = 16;

    /** An empty ring is shrunk at once from this capacity on, and otherwise when its session detaches. */
    private static final int LARGE = 1_024;

    /** So many slots that are done may stand behind one that is not. */
    private static final int MOST_DONE = 64;

    /** This object and its ring, without the ring's arrays. */
    private static final int OWN_BYTES = 160;

    private final HeldMemory memory;
    /** What this queue is charged besides its messages. */
    private int charged;

    private final SlotRing slots = new SlotRing();
    private @Nullable RecentIds recent;
    private long nextSeq = 1;
    private long sentMark;
    /** The sent mark before the connection that was displaced and has not handed over, or -1. */
    private long markBefore = -1;

    private long readUpTo;
    private long ownedFrom;
    private long earliestExpiry = Message.NEVER;
    private long bytes;
    private int owed;
    private long dropped;
    private long droppedAndTold;

    OutboundQueue(boolean owned, HeldMemory memory) {
        ownedFrom = owned ? nextSeq : Long.MAX_VALUE;
        this.memory = memory;
        recharge();
    }

    /** Its arrays may have become longer or shorter. */
    private void recharge() {
        int now = OWN_BYTES + slots.heldBytes() + (recent == null ? 0 : recent.heldBytes());
        if (now != charged) {
            memory.add(HeldMemory.Kind.QUEUES, now - charged);
            charged = now;
        }
    }

    /** Gives back all that it holds: the session has ended. */
    void letGo() {
        for (int i = 0; i < slots.size(); i++) {
            letGo(slots.item(i));
        }
        slots.removeFirst(slots.size());
        memory.add(HeldMemory.Kind.QUEUES, -charged);
        charged = 0;
    }

    private void letGo(@Nullable Object item) {
        if (item instanceof Message message) {
            message.letGo(memory);
        }
    }

    /** A gateway takes the session: from now on it may send what it reads and what is queued. */
    void attached() {
        markBefore = -1;
        if (ownedFrom != Long.MAX_VALUE) {
            // The displaced owner has left no mark yet.
            markBefore = sentMark;
            sentMark = firstUnread() == slots.size() ? nextSeq - 1 : handedOut();
        }
        readUpTo = 0;
        ownedFrom = nextSeq;
    }

    /** The displaced owner says how far it has sent. */
    void handedOver(long sent) {
        if (markBefore >= 0 && sentMark < ownedFrom) {
            sentMark = Math.max(markBefore, Math.min(sent, sentMark));
        }
        markBefore = -1;
    }

    /**
     * From now on only the lower half of the packet identifiers is used. The seqs that follow have the same identifier among
     * either number: they are low, or the queue is empty and goes on where both begin again.
     *
     * @return false if that is not possible now
     */
    boolean giveUpIdentifiers() {
        if (nextSeq > LogCursor.LOW_SEQS) {
            if (slots.size() > 0) {
                return false;
            }
            nextSeq = LogCursor.sameIdentifiersAfter(nextSeq - 1) + 1;
        }
        return true;
    }

    boolean isMarkSure() {
        return markBefore < 0;
    }

    void detached(long sent) {
        markBefore = -1;
        sentMark = Math.max(sentMark, Math.min(sent, nextSeq - 1));
        readUpTo = 0;
        ownedFrom = Long.MAX_VALUE;
        // What could not be dropped while it was owned may be droppable now: look at the next need.
        earliestExpiry = slots.size() == 0 ? Message.NEVER : Long.MIN_VALUE;
        slots.shrink();
        recharge();
    }

    /** Appends a message, which is charged already, if there is room. */
    Enqueued offer(Message message, EnqueueTarget target, QueueLimits limits, @Nullable String owner, long nowMillis) {
        int cost = 0;
        if (!hasRoom(message, limits, 0, 0)) {
            if (earliestExpiry <= nowMillis) {
                removeExpired(nowMillis, limits);
            }
            if (isOfMemory(message, limits)) {
                memory.refused(HeldMemory.Kind.QUEUES);
            }
            cost = makeRoom(message, limits);
            if (cost < 0) {
                dropped++;
                return new Enqueued(Enqueued.Result.DROPPED, 0, owner, 1);
            }
            dropped += cost;
        }
        long seq = nextSeq++;
        byte flags = (byte) (target.qos() | (target.retain() ? RETAIN : 0));
        slots.add(seq, message, flags, target.subscriptionIdentifiers(), target.share());
        owed++;
        bytes += message.size();
        recharge();
        earliestExpiry = Math.min(earliestExpiry, message.expiresAtMillis());
        return new Enqueued(Enqueued.Result.STORED, seq, owner, cost);
    }

    /** Whether a message with this identity stands here, or has been acknowledged at QoS 2 within the window. */
    boolean knows(MessageId id) {
        for (int i = slots.size() - 1; i >= 0; i--) {
            if (id.equals(idOf(slots.item(i)))) {
                return true;
            }
        }
        return recent != null && recent.contains(id);
    }

    List<QueuedMessage> read(long fromSeq, int maxMessages, int maxBytes) {
        List<QueuedMessage> answer = new ArrayList<>(Math.min(maxMessages, slots.size()));
        long sum = 0;
        int index = slots.indexOf(fromSeq);
        while (index < slots.size() && answer.size() < maxMessages && (sum < maxBytes || answer.isEmpty())) {
            QueuedMessage next = view(index++);
            answer.add(next);
            sum += next.message() == null ? 0 : next.message().size();
        }
        if (ownedFrom != Long.MAX_VALUE && !answer.isEmpty()) {
            readUpTo = Math.max(readUpTo, answer.get(answer.size() - 1).seq());
        }
        return answer;
    }

    void acknowledge(long upToSeq, long[] doneBeyond) {
        int done = upToSeq >= nextSeq ? slots.size() : slots.indexOf(upToSeq + 1);
        for (int i = 0; i < done; i++) {
            finish(i);
        }
        slots.removeFirst(done);
        for (long seq : doneBeyond) {
            int index = slots.indexOf(seq);
            if (index < slots.size() && slots.seq(index) == seq) {
                finish(index);
                exchanged(seq);
            }
        }
        while (slots.size() > 0 && (slots.flags(0) & DONE) != 0) {
            slots.removeFirst(1);
        }
        if (done() > MOST_DONE && done() > owed) {
            removeDone();
        }
        if (slots.size() == 0) {
            earliestExpiry = Message.NEVER;
            if (slots.capacity() >= LARGE) {
                slots.shrink();
            }
        }
        recharge();
    }

    void release(long seq) {
        int index = slots.indexOf(seq);
        if (index < slots.size()
                && slots.seq(index) == seq
                && (slots.flags(index) & QOS) == 2
                && slots.item(index) instanceof Message message) {
            slots.set(index, message.id(), (byte) (slots.flags(index) | RELEASED));
            bytes -= message.size();
            message.letGo(memory);
            exchanged(seq);
        }
    }

    /** What came through shared subscriptions and is not acknowledged, but for what may have begun at QoS 2 [MQTT-4.8.2-5]. */
    List<Leftovers.Leftover> leftovers(long nowMillis) {
        long sent = sentMark;
        if (ownedFrom != Long.MAX_VALUE) {
            sent = firstUnread() == slots.size() ? nextSeq - 1 : handedOut();
        }
        List<Leftovers.Leftover> left = new ArrayList<>();
        for (int i = 0; i < slots.size(); i++) {
            String share = slots.share(i);
            int qos = slots.flags(i) & QOS;
            boolean isItsAlone = slots.seq(i) <= sent && qos != 1;
            if (share != null
                    && !isItsAlone
                    && (slots.flags(i) & (RELEASED | DONE)) == 0
                    && slots.item(i) instanceof Message message
                    && !message.isExpired(nowMillis)) {
                left.add(new Leftovers.Leftover(
                        share,
                        new Message(
                                message.id(),
                                message.body(),
                                message.propertiesOffset(),
                                message.payloadOffset(),
                                qos,
                                message.isRetain(),
                                message.arrivedAtMillis(),
                                message.expiresAtMillis())));
            }
        }
        return left;
    }

    /** What stands here, without a trace for who owns it. */
    List<QueuedMessage> peek(long fromSeq, int maxMessages, int maxBytes) {
        long read = readUpTo;
        List<QueuedMessage> found = read(fromSeq, maxMessages, maxBytes);
        readUpTo = read;
        return found;
    }

    /** Drops all that may be dropped; answers how many. */
    int purge(QueueLimits limits) {
        int first = firstDroppable(limits);
        int count = slots.size() - first;
        for (int i = first; i < slots.size(); i++) {
            bytes -= sizeOf(slots.item(i));
            letGo(slots.item(i));
        }
        slots.removeLast(count);
        owed -= count;
        dropped += count;
        return count;
    }

    long firstSeq() {
        return slots.size() == 0 ? nextSeq : slots.seq(0);
    }

    long nextSeq() {
        return nextSeq;
    }

    long sentMark() {
        return sentMark;
    }

    /** How many messages have been dropped since this was asked last. */
    long droppedSinceTold() {
        long more = dropped - droppedAndTold;
        droppedAndTold = dropped;
        return more;
    }

    int owed() {
        return owed;
    }

    long bytes() {
        return bytes;
    }

    long dropped() {
        return dropped;
    }

    private boolean hasRoom(Message message, QueueLimits limits, int freed, long freedBytes) {
        return owed - freed < limits.maxMessages() && bytes - freedBytes + message.size() <= mostBytes(limits);
    }

    /** What is there may stay when memory becomes short; it does not become more. */
    private long mostBytes(QueueLimits limits) {
        return Math.min(limits.maxBytes(), Math.max(bytes, memory.mostOfOne(HeldMemory.Kind.QUEUES)));
    }

    /** Whether it is for want of memory that there is no room. */
    private boolean isOfMemory(Message message, QueueLimits limits) {
        return owed < limits.maxMessages()
                && bytes + message.size() <= limits.maxBytes()
                && bytes + message.size() > mostBytes(limits);
    }

    /** Drops as many as it takes; answers how many, or -1 if the new message is the one to give way. */
    private int makeRoom(Message message, QueueLimits limits) {
        if (hasRoom(message, limits, 0, 0)) {
            return 0;
        }
        if (limits.whenFull() == QueueLimits.DropPolicy.DROP_NEWEST || message.size() > limits.maxBytes()) {
            return -1;
        }
        int first = firstDroppable(limits);
        int count = 0;
        long freed = 0;
        while (!hasRoom(message, limits, count, freed)) {
            if (first + count == slots.size()) {
                return -1;
            }
            freed += sizeOf(slots.item(first + count));
            count++;
        }
        for (int i = first; i < first + count; i++) {
            letGo(slots.item(i));
        }
        slots.removeAfter(first, count);
        owed -= count;
        bytes -= freed;
        return count;
    }

    private int firstDroppable(QueueLimits limits) {
        int unsent = firstUnread();
        if (ownedFrom == Long.MAX_VALUE) {
            return unsent;
        }
        int behindWindow = Math.min(slots.size(), limits.inflight() + done());
        return Math.max(slots.indexOf(sentMark + 1), Math.min(unsent, behindWindow));
    }

    /** How many slots are done and wait for one in front of them. */
    private int done() {
        return slots.size() - owed;
    }

    /** Takes out the slots that are done; costs as many steps as there are slots up to the last of them. */
    private void removeDone() {
        int last = slots.size() - 1;
        while ((slots.flags(last) & DONE) == 0) {
            last--;
        }
        int kept = last;
        for (int i = last; i >= 0; i--) {
            if ((slots.flags(i) & DONE) == 0) {
                slots.move(i, kept--);
            }
        }
        slots.removeFirst(kept + 1);
    }

    private int firstUnread() {
        int unread = slots.indexOf(handedOut() + 1);
        return unread < slots.size() && slots.seq(unread) < ownedFrom ? unread : slots.size();
    }

    /** Takes out what has expired and may be dropped, and learns when to look again. */
    private void removeExpired(long nowMillis, QueueLimits limits) {
        int kept = firstDroppable(limits);
        long earliest = Message.NEVER;
        for (int i = kept; i < slots.size(); i++) {
            if (slots.item(i) instanceof Message message) {
                if (message.isExpired(nowMillis)) {
                    owed--;
                    bytes -= message.size();
                    message.letGo(memory);
                    continue;
                }
                earliest = Math.min(earliest, message.expiresAtMillis());
            }
            slots.move(i, kept++);
        }
        slots.removeLast(slots.size() - kept);
        earliestExpiry = earliest;
    }

    /** Marks a position as done, once; the identity of a QoS 2 message stays in the window. */
    private void finish(int index) {
        byte flags = slots.flags(index);
        if ((flags & DONE) != 0) {
            return;
        }
        Object item = slots.item(index);
        owed--;
        bytes -= sizeOf(item);
        letGo(item);
        MessageId id = idOf(item);
        if ((flags & QOS) == 2 && id != null) {
            if (recent == null) {
                recent = new RecentIds();
            }
            recent.add(id);
        }
        slots.set(index, null, (byte) (flags | DONE));
    }

    private void exchanged(long seq) {
        sentMark = Math.max(sentMark, seq);
    }

    /** Up to where this owner has read, or an earlier one may have sent. */
    private long handedOut() {
        return Math.max(sentMark, readUpTo);
    }

    private QueuedMessage view(int index) {
        byte flags = slots.flags(index);
        State state = (flags & DONE) != 0 ? State.DONE : (flags & RELEASED) != 0 ? State.RELEASED : State.QUEUED;
        Message message = slots.item(index) instanceof Message queued ? queued : null;
        return new QueuedMessage(
                slots.seq(index), flags & QOS, (flags & RETAIN) != 0, slots.identifiers(index), message, state);
    }

    private static @Nullable MessageId idOf(@Nullable Object item) {
        return item instanceof Message message ? message.id() : (MessageId) item;
    }

    private static int sizeOf(@Nullable Object item) {
        return item instanceof Message message ? message.size() : 0;
    }
}
