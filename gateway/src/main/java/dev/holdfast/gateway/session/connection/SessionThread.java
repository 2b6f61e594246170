// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/** The I/O thread on which a connection and its session live. */
public interface SessionThread extends Executor {

    /** Runs a task on this thread soon, never inline. Any thread. */
    @Override
    void execute(Runnable task);

    /** Runs a task: at once if the caller is on this thread, otherwise soon. Any thread. */
    default void run(Runnable task) {
        if (isCurrent()) {
            task.run();
        } else {
            execute(task);
        }
    }

    /** Runs a task once, after the packets of this turn have been handled. On this thread. */
    void atTurnEnd(Runnable task);

    /**
     * Does long work a slice at a time, and all else that the thread has to do in between. On this thread.
     *
     * @param owner for whom it is done; owners take turns
     * @param slice does a part that takes some 0.1 ms, and answers whether that was the last one
     */
    void gradually(Object owner, BooleanSupplier slice);

    /** Whether the caller is on this thread. Any thread. */
    boolean isCurrent();

    /** The number of this thread, from 0 up. Any thread. */
    int index();

    /** The wall clock in milliseconds since the epoch, read once a turn. On this thread. */
    long nowMillis();

    /** Nanoseconds since some moment, read now; never goes back. Any thread. */
    long nanoTime();
}
