// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import dev.holdfast.store.session.OperatorAccess;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sums up the queues of all kept sessions: 100 sessions at a time and 2,000 a second at the most, and only while somebody asks. Each
 * queue counts as it was when the walk came by, so the sums are exact where nothing has changed since the walk began. Any thread.
 */
final class QueueWalk {
    private static final Logger LOG = LoggerFactory.getLogger(QueueWalk.class);
    private static final int SESSIONS_A_PAGE = 100;
    private static final Executor AFTER_A_PAUSE = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);
    /** From the beginning of one walk to that of the next one, which also waits for the end of the first. */
    private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final OperatorAccess store;
    private boolean isWalking;
    private long begunNanos = System.nanoTime() - BETWEEN_NANOS;
    private @Nullable Totals walked;

    QueueWalk(OperatorAccess store) {
        this.store = store;
    }

    /**
     * Sums over all queues.
     *
     * @param messages those that are not acknowledged, those in flight included
     * @param bytes the sum of their bodies
     * @param asOfNanos when the walk began, as {@link System#nanoTime()}
     */
    record Totals(long messages, long bytes, long asOfNanos) {
        /** How long ago the walk began. */
        double ageSeconds() {
            return (System.nanoTime() - asOfNanos) / 1e9;
        }
    }

    /** The sums of the last walk, or null before the first one is over; begins another one when it is due. */
    @Nullable
    Totals last() {
        long now = System.nanoTime();
        synchronized (this) {
            if (isWalking || now - begunNanos < BETWEEN_NANOS) {
                return walked;
            }
            isWalking = true;
            begunNanos = now;
        }
        look("", new Totals(0, 0, now));
        synchronized (this) {
            return walked;
        }
    }

    private void look(String cursor, Totals before) {
        store.queues(cursor, SESSIONS_A_PAGE).whenComplete((page, failure) -> {
            if (failure != null) {
                LOG.debug("the queues could not be summed up", failure);
                over(null);
                return;
            }
            Totals sums =
                    new Totals(before.messages() + page.messages(), before.bytes() + page.bytes(), before.asOfNanos());
            String next = page.nextCursor();
            if (next == null) {
                over(sums);
            } else {
                AFTER_A_PAUSE.execute(() -> look(next, sums));
            }
        });
    }

    /** With null what was walked before stays. */
    private synchronized void over(@Nullable Totals sums) {
        isWalking = false;
        if (sums != null) {
            walked = sums;
        }
    }
}
