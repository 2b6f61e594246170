// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.lane;

import dev.holdfast.store.redis.script.ScriptSet;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Sends the batches of one lane, one after the other: the next one is sent after the last one has ended. Any thread. */
public interface BatchSender {
    /**
     * A batch on its way.
     *
     * @param answers one for each call, in order; if {@code whole} succeeds, all are complete; if it fails, some may never be
     * @param whole completes when each call has been answered; fails if the outcome of a call is unknown, if nothing was sent, or
     *     if replicas were to confirm the batch and did not
     */
    record Sent(List<? extends CompletionStage<List<Object>>> answers, CompletionStage<Void> whole) {}

    /**
     * Sends calls as one batch.
     *
     * @param master the master of all the calls, as {@link BatchLine#master} names it
     * @param scripts what the master calls its scripts
     * @param head stands before the arguments of each call
     */
    Sent send(Object master, List<Call> calls, ScriptSet scripts, byte[] head);

    /** A thread on which a batch can be sent at once, without handing over to another thread. */
    EventExecutor thread();
}
