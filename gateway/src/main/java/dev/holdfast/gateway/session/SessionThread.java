// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.concurrent.Executor;

/** The one thread a connection and its session live on. */
public interface SessionThread extends Executor {

    /** Runs a task on this thread soon, never inline; callable from any thread. */
    @Override
    void execute(Runnable task);

    /** Runs a task once, after the packets of this turn have been handled; called on this thread. */
    void atTurnEnd(Runnable task);

    /** Whether the caller is on this thread. */
    boolean isCurrent();

    /** 0 to the number of such threads minus one. */
    int index();

    /** The wall clock in milliseconds since the epoch, as coarse as a turn of the thread. */
    long nowMillis();
}
