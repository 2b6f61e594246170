// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.session.StaleSessionException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the store which positions of one session's queue are done: the watermark below which all are, and single
 * positions above it. The store hears of them once a turn; a call that is lost costs a redelivery, never a message. On
 * the session's thread.
 */
final class Settlement implements Runnable {
    private static final long[] NONE = {};
    private static final int MOST_AT_ONCE = 1_024;
    private static final int SMALLEST = 8;

    private final StoredBacklog backlog;
    private final Outbound outbound;
    /** The watermark that the store was last told; 0 to tell it again. */
    private long settledUpTo;

    private boolean isScheduled;
    /** Positions above the watermark of which the store is to be told. */
    private long[] untold = NONE;

    private int untoldCount;
    /** Positions of calls that the store has not answered. */
    private long[] underWay = NONE;

    private int calls;

    Settlement(StoredBacklog backlog, Outbound outbound, long settledUpTo) {
        this.backlog = backlog;
        this.outbound = outbound;
        this.settledUpTo = settledUpTo;
    }

    /** A position is done; the window has moved already. */
    void done(long seq) {
        if (seq > outbound.window.first()) {
            add(seq);
        }
    }

    /** Has the store told at the end of this turn, if there is anything to tell. */
    void soon() {
        if (!isScheduled && isOwed()) {
            isScheduled = true;
            outbound.thread.atTurnEnd(this);
        }
    }

    /** Whether the store has yet to be told of something. */
    boolean isOwed() {
        return untoldCount > 0 || outbound.window.first() - 1 > settledUpTo;
    }

    /** Whether the store has yet to be told of a higher watermark: that makes room in its queue. */
    boolean owesWatermark() {
        return outbound.window.first() - 1 > settledUpTo;
    }

    /** The end of the turn. */
    @Override
    public void run() {
        isScheduled = false;
        backlog.doneBefore(outbound.window.first());
        if (outbound.isClosed() || !isOwed()) {
            return;
        }
        long upTo = outbound.window.first() - 1;
        settledUpTo = upTo;
        long[] beyond = take(upTo);
        outbound.services.store().acknowledge(outbound.ref, upTo, beyond).whenComplete((nothing, failure) -> {
            if (failure != null && StaleSessionException.isCauseOf(failure)) {
                outbound.failed(failure);
            }
            if (failure != null || beyond.length > 0) {
                outbound.thread.run(() -> answered(beyond, failure == null));
            }
        });
        outbound.roomMade();
    }

    /** The store has heard; or it has not, and is told again at the session's next tick. */
    private void answered(long[] beyond, boolean hasHeard) {
        if (!hasHeard) {
            settledUpTo = 0;
        }
        if (beyond.length == 0) {
            return;
        }
        if (!hasHeard) {
            for (long seq : underWay) {
                add(seq);
            }
        }
        if (--calls == 0) {
            underWay = NONE;
        }
    }

    /**
     * Tells the store all that is done, for the last time.
     *
     * @param more further positions that need no sending any more
     */
    CompletableFuture<@Nullable Void> finish(long[] more) {
        long upTo = outbound.window.first() - 1;
        long[] beyond = above(upTo, joined(underWay, Arrays.copyOf(untold, untoldCount)));
        return outbound.services
                .store()
                .acknowledge(outbound.ref, upTo, more.length == 0 ? beyond : joined(beyond, more))
                .toCompletableFuture();
    }

    /** Tells a store that may have lost it every position that the window knows to be done. */
    void again() {
        long upTo = outbound.window.first() - 1;
        long[] beyond = outbound.window.doneBeyond();
        int told = 0;
        do {
            int until = Math.min(beyond.length, told + MOST_AT_ONCE);
            outbound.services.store().acknowledge(outbound.ref, upTo, Arrays.copyOfRange(beyond, told, until));
            told = until;
        } while (told < beyond.length);
    }

    /**
     * Goes on if this connection still has the outbound. A queue that another gateway has taken over is that gateway's to
     * deliver from: a message that moved on to another member would have two receivers.
     */
    void ifStillOurs(Runnable then) {
        outbound.services
                .store()
                .acknowledge(outbound.ref, outbound.window.first() - 1, NONE)
                .thenRun(() -> outbound.thread.execute(then));
    }

    /** Has a position that lies above the watermark taken out of the queue, once something has happened. */
    LongConsumer takingOut() {
        long settled = outbound.window.first() - 1; // read now: the consumer is called on another thread
        return seq -> outbound.services.store().acknowledge(outbound.ref, settled, new long[] {seq});
    }

    private void add(long seq) {
        if (untoldCount == untold.length) {
            untold = Arrays.copyOf(untold, Math.max(SMALLEST, 2 * untoldCount));
        }
        untold[untoldCount++] = seq;
    }

    /** The untold positions above the watermark, ascending: they are under way from now on. */
    private long[] take(long watermark) {
        if (untoldCount == 0) {
            return NONE;
        }
        long[] taken = above(watermark, Arrays.copyOf(untold, untoldCount));
        untold = NONE;
        untoldCount = 0;
        if (taken.length > 0) {
            underWay = calls == 0 ? taken : joined(underWay, taken);
            calls++;
        }
        return taken;
    }

    private static long[] above(long watermark, long[] some) {
        return Arrays.stream(some).filter(seq -> seq > watermark).sorted().toArray();
    }

    private static long[] joined(long[] some, long[] others) {
        long[] both = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, both, some.length, others.length);
        return both;
    }
}
