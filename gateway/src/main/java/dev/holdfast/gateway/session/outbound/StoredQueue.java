// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SeqRange;
import dev.holdfast.store.session.StaleSessionException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one session's queue in the store that have not been sent: the next ones in memory, the others read
 * from the store when their turn comes. On the session's thread.
 *
 * <p>What the router offers is a hint. A message that is offered out of turn, or when enough are in memory, is not kept
 * here: it is read from the store later. The queue in the store alone is the truth.
 */
final class StoredQueue {
    private static final int PREFETCH_MESSAGES = 64;
    private static final int PREFETCH_BYTES = 256 * 1024;
    /** What an entry costs besides its message, in bytes. */
    private static final int ENTRY_BYTES = 56;
    /** The most gaps that are remembered. A store loses its writes far less often while one connection lives. */
    private static final int MOST_RANGES = 16;

    private final StoredBacklog backlog;
    private final Outbound outbound;
    /** Read and not sent, ascending; null while there is nothing. */
    private @Nullable ArrayDeque<QueuedMessage> ready;
    /** The position after the last one in {@code ready}, or after the last one passed. */
    private long expected;
    /** The position after the last one that is known to be in the store. */
    private long end;
    /** The position after the last one that has ever been known to be in the store. */
    private long highest;
    /** Lower positions at which nothing was put, oldest first. */
    private List<SeqRange> leftOut;

    private boolean isReading;
    /** Whether the store may have more than {@code end} says. */
    private boolean isDoubtful;

    /**
     * A queue of which nothing has been read.
     *
     * @param from the first position that is not acknowledged
     * @param end the position after the last one
     * @param leftOut ranges at which nothing was put, oldest first
     */
    StoredQueue(StoredBacklog backlog, Outbound outbound, long from, long end, List<SeqRange> leftOut) {
        this.backlog = backlog;
        this.outbound = outbound;
        this.expected = from;
        this.end = end;
        this.highest = end;
        this.leftOut = leftOut;
    }

    /** Whether nothing waits, neither here nor in the store. */
    boolean isEmpty() {
        return ready == null && expected >= end;
    }

    /** The position after the last one that is known to be, or to have been, in the store. */
    long highest() {
        return Math.max(highest, Math.max(end, expected));
    }

    /** Ranges of positions that have been passed and at which nothing was put, oldest first. */
    List<SeqRange> leftOut() {
        return leftOut;
    }

    /** Whether everything in front of a position has been read. */
    boolean hasReached(long seq) {
        return expected >= seq || isEmpty();
    }

    /** Whether this position is the next one to be sent. */
    boolean isNext(long seq) {
        return ready == null && !isReading && seq == expected && expected >= end;
    }

    /** The next position has been sent, or needs no sending. */
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

    /** Takes note of a message in the store, and keeps it if its turn comes soon. */
    void offer(QueuedMessage message) {
        end = Math.max(end, message.seq() + 1);
        if (!isReading && message.seq() == expected && (ready == null || ready.size() < PREFETCH_MESSAGES)) {
            add(message);
        }
    }

    /** The store has a message at this position, or had one. */
    void reaches(long seq) {
        end = Math.max(end, seq + 1);
    }

    /** The queue limit has taken messages, perhaps some of those here: what has not been sent is to be read again. */
    void forget() {
        ArrayDeque<QueuedMessage> waiting = ready;
        if (waiting != null) {
            expected = waiting.element().seq();
            letGo();
        }
    }

    /** Drops the messages in memory; the store has them. */
    void letGo() {
        if (ready != null) {
            ready.forEach(this::letGo);
            ready = null;
        }
    }

    private void letGo(QueuedMessage queued) {
        HeldMemory memory = outbound.services.memory();
        Message message = queued.message();
        memory.add(HeldMemory.Kind.QUEUES, -ENTRY_BYTES);
        if (message != null) {
            message.letGo(memory);
        }
    }

    private void hold(QueuedMessage queued) {
        HeldMemory memory = outbound.services.memory();
        Message message = queued.message();
        memory.add(HeldMemory.Kind.QUEUES, ENTRY_BYTES);
        if (message != null) {
            message.hold(memory, HeldMemory.Kind.QUEUES);
        }
    }

    /** The next message to be sent; null if there is none, or none yet because the store is being asked. */
    @Nullable
    QueuedMessage peek() {
        if (ready == null && (expected < end || isDoubtful) && !isReading) {
            read();
        }
        return ready == null ? null : ready.peek();
    }

    /** Has the next {@link #peek} ask the store even if nothing more is known to be there. */
    void look() {
        isDoubtful = true;
    }

    private void add(QueuedMessage message) {
        ArrayDeque<QueuedMessage> waiting = ready;
        if (waiting == null) {
            waiting = new ArrayDeque<>();
            ready = waiting;
        }
        hold(message);
        waiting.add(message);
        if (message.seq() - expected >= InflightWindow.LEAP) {
            leftOut(new SeqRange(expected, message.seq() - 1));
        }
        expected = message.seq() + 1;
    }

    private void leftOut(SeqRange range) {
        List<SeqRange> more = new ArrayList<>(leftOut);
        more.removeIf(known -> known.equals(range)); // the same positions may be read twice
        more.add(range);
        leftOut = List.copyOf(more.subList(Math.max(0, more.size() - MOST_RANGES), more.size()));
    }

    private void read() {
        isReading = true;
        boolean isLook = isDoubtful;
        isDoubtful = false;
        long from = expected;
        long until = end;
        outbound.services
                .store()
                .read(outbound.ref, from, PREFETCH_MESSAGES, PREFETCH_BYTES)
                .whenComplete((messages, failure) -> {
                    if (failure != null) {
                        outbound.thread.execute(this::readFailed);
                        if (StaleSessionException.isCauseOf(failure)) {
                            outbound.failed(failure);
                        }
                    } else if (outbound.thread.isCurrent()) {
                        arrived(messages, until, isLook);
                    } else {
                        outbound.thread.execute(() -> {
                            arrived(messages, until, isLook);
                            outbound.pump();
                        });
                    }
                });
    }

    /** The session's next tick reads again; after a stale answer the session does, once the store knows of it again. */
    private void readFailed() {
        isReading = false;
        isDoubtful = true;
    }

    private void arrived(List<QueuedMessage> messages, long until, boolean isLook) {
        isReading = false;
        if (outbound.hasLetGo()) {
            return;
        }
        isDoubtful |= isLook && !messages.isEmpty();
        for (QueuedMessage message : messages) {
            if (message.seq() >= expected) {
                backlog.read(message);
                add(message);
            }
        }
        if (messages.isEmpty() && end <= until) {
            // The queue limit has taken what stood there, or it stood in a store that has lost it.
            highest = highest();
            end = expected;
        }
    }
}
