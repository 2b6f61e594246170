// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the store's queue and has not been sent: a few positions in memory, the rest read when needed.
 *
 * <p>Messages offered by the router are hints: one that comes out of turn or in too great a number is not kept here
 * but read from the store later, which alone is the truth (sessions.md, invariant 5).
 */
final class StoredBacklog {
    private static final int PREFETCH_MESSAGES = 64;
    private static final int PREFETCH_BYTES = 256 * 1024;
    /** What a place costs besides the message. */
    private static final int PLACE_BYTES = 56;
    /** Where a store goes on above all that it may have given, it leaves out more; and few queues lose as much at a time. */
    private static final int MANY_LEFT_OUT = 10_000;
    /** As many losses of the store as one connection lives to see. */
    private static final int MOST_RANGES = 16;

    private final StoredSession session;
    private @Nullable ArrayDeque<QueuedMessage> ready;
    /** The position after the last one in {@code ready}, or after the last one passed. */
    private long expected;
    /** The position after the last one known to be in the store. */
    private long end;
    /** The position after the last one that has ever been known to be there. */
    private long highest;
    /** Lower positions at which nothing was put, oldest first. */
    private List<SeqRange> leftOut;

    private boolean reading;
    /** Whether there may be more in the store than {@code end} says. */
    private boolean doubtful;

    StoredBacklog(StoredSession session, long from, long end, List<SeqRange> leftOut) {
        this.session = session;
        this.expected = from;
        this.end = end;
        this.highest = end;
        this.leftOut = leftOut;
    }

    /** Whether nothing waits, here or in the store. */
    boolean isEmpty() {
        return ready == null && expected >= end;
    }

    /** The position after the last one that is known to be, or to have been, in the store. */
    long highest() {
        return Math.max(highest, Math.max(end, expected));
    }

    /** Ranges of positions that this session has passed at which nothing was put, oldest first. */
    List<SeqRange> leftOut() {
        return leftOut;
    }

    /** Whether everything in front of a position has been read. */
    boolean hasReached(long seq) {
        return expected >= seq || isEmpty();
    }

    /** Whether this position is the very next one to send. */
    boolean isNext(long seq) {
        return ready == null && !reading && seq == expected && expected >= end;
    }

    /** A position was sent, or needs no sending. */
    void passed(long seq) {
        ArrayDeque<QueuedMessage> waiting = ready;
        if (waiting != null) {
            letGo(waiting.remove());
            if (waiting.isEmpty()) {
                ready = null;
            }
        } else {
            expected = seq + 1;
        }
        end = Math.max(end, expected);
    }

    /** Takes note of a position; keeps its message if its turn comes soon. */
    void offer(QueuedMessage message) {
        end = Math.max(end, message.seq() + 1);
        if (!reading && message.seq() == expected && (ready == null || ready.size() < PREFETCH_MESSAGES)) {
            add(message);
        }
    }

    /** Something is known to stand at a position, or to have stood there. */
    void reaches(long seq) {
        end = Math.max(end, seq + 1);
    }

    /** The queue limit took something that may stand here: what has not been sent is to be read again. */
    void forget() {
        ArrayDeque<QueuedMessage> waiting = ready;
        if (waiting != null) {
            expected = waiting.element().seq();
            letGo();
        }
    }

    /** Gives back what stands here; the store has it. */
    void letGo() {
        if (ready != null) {
            ready.forEach(this::letGo);
            ready = null;
        }
    }

    private void letGo(QueuedMessage queued) {
        HeldMemory memory = session.services.memory();
        Message message = queued.message();
        memory.add(HeldMemory.Kind.QUEUES, -PLACE_BYTES);
        if (message != null) {
            message.letGo(memory);
        }
    }

    private void hold(QueuedMessage queued) {
        HeldMemory memory = session.services.memory();
        Message message = queued.message();
        memory.add(HeldMemory.Kind.QUEUES, PLACE_BYTES);
        if (message != null) {
            message.hold(memory, HeldMemory.Kind.QUEUES);
        }
    }

    /** The next message to send, or null if there is none, or none yet: then a read is under way. */
    @Nullable
    QueuedMessage peek() {
        if (ready == null && (expected < end || doubtful) && !reading) {
            read();
        }
        return ready == null ? null : ready.peek();
    }

    /** Has the next {@link #peek} ask the store, though no more is known to be there. */
    void look() {
        doubtful = true;
    }

    private void add(QueuedMessage message) {
        ArrayDeque<QueuedMessage> waiting = ready;
        if (waiting == null) {
            waiting = new ArrayDeque<>();
            ready = waiting;
        }
        hold(message);
        waiting.add(message);
        if (message.seq() - expected >= MANY_LEFT_OUT) {
            leftOut(new SeqRange(expected, message.seq() - 1));
        }
        expected = message.seq() + 1;
    }

    private void leftOut(SeqRange range) {
        List<SeqRange> more = new ArrayList<>(leftOut);
        more.removeIf(known -> known.equals(range)); // read again
        more.add(range);
        leftOut = List.copyOf(more.subList(Math.max(0, more.size() - MOST_RANGES), more.size()));
    }

    private void read() {
        reading = true;
        boolean looking = doubtful;
        doubtful = false;
        long from = expected;
        long until = end;
        session.services
                .store()
                .read(session.ref(), from, PREFETCH_MESSAGES, PREFETCH_BYTES)
                .whenComplete((messages, failure) -> {
                    if (failure != null) {
                        session.thread().execute(this::failed);
                        if (Session.isStale(failure)) {
                            session.failed(failure);
                        }
                    } else if (session.thread().isCurrent()) {
                        arrived(messages, until, looking);
                    } else {
                        session.thread().execute(() -> {
                            arrived(messages, until, looking);
                            session.pump();
                        });
                    }
                });
    }

    /** The session's next tick reads again, or the session itself does once the store knows of it again. */
    private void failed() {
        reading = false;
        doubtful = true;
    }

    private void arrived(List<QueuedMessage> messages, long until, boolean looking) {
        reading = false;
        if (session.hasLetGo()) {
            return;
        }
        doubtful |= looking && !messages.isEmpty();
        for (QueuedMessage message : messages) {
            if (message.seq() >= expected) {
                session.read(message);
                add(message);
            }
        }
        if (messages.isEmpty() && end <= until) {
            // The queue limit took what stood there, or it stood in a store that is not asked any more.
            highest = highest();
            end = expected;
        }
    }
}
