// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/** The one thread a connection and its session live on. */
public interface SessionThread extends Executor {

    /** Runs a task on this thread soon, never inline; callable from any thread. */
    @Override
    void execute(Runnable task);

    /** Runs a task once, after the packets of this turn have been handled; called on this thread. */
    void atTurnEnd(Runnable task);

    /**
     * Does something long a slice at a time, with all else that the thread has to do in between; called on this thread.
     *
     * @param owner for whom it is done; owners take turns
     * @param slice does a part that takes some 0.1 ms, and answers whether that was the last one
     */
    void gradually(Object owner, BooleanSupplier slice);

    /** Whether the caller is on this thread. */
    boolean isCurrent();

    /** 0 to the number of such threads minus one. */
    int index();

    /** The wall clock in milliseconds since the epoch, as coarse as a turn of the thread. */
    long nowMillis();

    /** Nanoseconds since some moment, read now; never goes back. Any thread. */
    long nanoTime();
}
