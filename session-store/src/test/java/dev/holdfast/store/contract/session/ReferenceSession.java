// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Enqueued.Result;
import dev.holdfast.store.session.QueueLimits.DropPolicy;
import dev.holdfast.store.session.QueuedMessage.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One session in the words of the contract, written to be read and not to be fast: the model test believes it. */
final class ReferenceSession {
    static final long FOREVER = Long.MAX_VALUE;

    static final class Entry {
        final long seq;
        final int qos;

        @Nullable
        Message message;

        @Nullable
        MessageId id;

        State state = State.QUEUED;

        Entry(long seq, int qos, Message message) {
            this.seq = seq;
            this.qos = qos;
            this.message = message;
            this.id = message.id();
        }

        int bytes() {
            return message == null ? 0 : message.size();
        }
    }

    final Map<String, Subscription> subscriptions = new TreeMap<>();
    final Map<Integer, Message> inbound = new TreeMap<>();
    final List<Entry> entries = new ArrayList<>();
    final Set<MessageId> doneAtQos2 = new HashSet<>();
    final Set<MessageId> droppedIds = new HashSet<>();
    final boolean clean;
    AttachRequest connection;
    boolean online = true;
    long epoch;
    long expiryMillis;
    long endsAt = FOREVER;
    long willAt = FOREVER;
    long nextSeq;
    long sentMark;
    long readUpTo;
    /** The connection that was displaced and has not handed over, and the sent mark before it; 0 and -1 if none. */
    long displacedEpoch;

    long markBefore = -1;
    long ownedFrom;
    int dropped;

    ReferenceSession(AttachRequest connection, long nextSeq) {
        this.connection = connection;
        this.clean = connection.expiry().isZero();
        this.nextSeq = nextSeq;
        this.sentMark = nextSeq - 1;
    }

    Result enqueue(Message message, int qos, boolean mayRepeat) {
        if (clean) {
            return Result.NO_SESSION;
        }
        if (mayRepeat
                && (doneAtQos2.contains(message.id())
                        || entries.stream().anyMatch(entry -> message.id().equals(entry.id)))) {
            return Result.REPEATED;
        }
        if (!makeRoom(message)) {
            dropped++;
            return Result.DROPPED;
        }
        entries.add(new Entry(nextSeq++, qos, message));
        return Result.STORED;
    }

    private boolean makeRoom(Message message) {
        List<Entry> victims = new ArrayList<>();
        for (Entry entry : entries) {
            if (fits(message, victims)) {
                break;
            }
            if (connection.limits().whenFull() == DropPolicy.DROP_OLDEST && mayBeDropped(entry)) {
                victims.add(entry);
            }
        }
        if (!fits(message, victims)) {
            return false;
        }
        dropped += victims.size();
        victims.forEach(victim -> droppedIds.add(victim.id));
        entries.removeAll(victims);
        return true;
    }

    private boolean fits(Message message, List<Entry> without) {
        long bytes = queuedBytes() - without.stream().mapToLong(Entry::bytes).sum() + message.size();
        return owed() - without.size() + 1 <= connection.limits().maxMessages()
                && bytes <= connection.limits().maxBytes();
    }

    private boolean mayBeDropped(Entry entry) {
        if (entry.seq <= sentMark) {
            return false;
        }
        boolean keepsUp = entries.stream().noneMatch(other -> other.seq > handedOut() && other.seq < ownedFrom);
        long owedBefore = entries.stream()
                .filter(other -> other.seq < entry.seq && other.state != State.DONE)
                .count();
        return !online
                || (!keepsUp && entry.seq > handedOut())
                || owedBefore >= connection.limits().inflight();
    }

    /** The least that must be taken for sent when the owner was displaced and left no mark. */
    long sentAtMost() {
        return online ? handedOut() : sentMark;
    }

    void acknowledge(long upToSeq, Set<Long> doneBeyond) {
        for (Entry entry : entries) {
            if (entry.state != State.DONE && (entry.seq <= upToSeq || doneBeyond.contains(entry.seq))) {
                if (entry.qos == 2 && entry.id != null) {
                    doneAtQos2.add(entry.id);
                }
                if (entry.seq > upToSeq) {
                    exchanged(entry);
                }
                entry.state = State.DONE;
                entry.message = null;
                entry.id = null;
            }
        }
        while (!entries.isEmpty() && entries.get(0).state == State.DONE) {
            entries.remove(0);
        }
    }

    void release(long seq) {
        for (Entry entry : entries) {
            if (entry.seq == seq && entry.qos == 2 && entry.state == State.QUEUED) {
                entry.state = State.RELEASED;
                entry.message = null;
                exchanged(entry);
            }
        }
    }

    private void exchanged(Entry entry) {
        sentMark = Math.max(sentMark, entry.seq);
    }

    long handedOut() {
        return Math.max(sentMark, readUpTo);
    }

    void handOver(long epoch, long mark) {
        if (online && markBefore >= 0 && epoch == displacedEpoch) {
            if (sentMark < ownedFrom) {
                sentMark = Math.max(markBefore, Math.min(mark, sentMark));
            }
            markBefore = -1;
        }
    }

    long firstSeq() {
        return entries.isEmpty() ? nextSeq : entries.get(0).seq;
    }

    int owed() {
        return (int) entries.stream().filter(entry -> entry.state != State.DONE).count();
    }

    long queuedBytes() {
        return entries.stream().mapToLong(Entry::bytes).sum();
    }
}
