// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.transport;

import dev.holdfast.gateway.transport.socket.IoLoop;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * One I/O thread, as its connections see it: it runs their tasks, in order, and has the clocks that they read. In the
 * program it is an {@link IoLoop}; a test turns one by hand. Methods are to be called on the thread unless they say
 * otherwise.
 */
public interface Loop {

    /** Runs a task on this loop, after those that came before it, never inline. From any thread. */
    void execute(Runnable task);

    /** Whether the caller is on this loop's thread. From any thread. */
    boolean inLoop();

    /** The loop's number, from 0 up. From any thread. */
    int index();

    /** Runs a task once, after the handlers and the tasks of this turn. */
    void atTurnEnd(Runnable task);

    /**
     * Does something that takes longer than a turn may last: a slice now and then, the sockets in between.
     *
     * @param owner for whom it is done; equal owners share their turns
     * @param slice does a part that takes some 0.1 ms, and answers whether that was the last one
     */
    void gradually(Object owner, BooleanSupplier slice);

    /** Runs a task on this loop again and again, coarsely. From any thread. */
    void every(Duration period, Runnable task);

    /** Runs a task on this loop once, after a while, coarsely. From any thread. */
    void after(Duration delay, Runnable task);

    /** The wall clock in milliseconds since the epoch, as of this turn. */
    long nowMillis();

    /** Milliseconds since the loop began, as of this turn; never goes back. */
    long elapsedMillis();

    /** Seconds since the loop began, as of this turn; never goes back. */
    default long tickSeconds() {
        return elapsedMillis() / 1000;
    }

    /** Nanoseconds since some moment, read now; never goes back. From any thread. */
    long nanoTime();
}
