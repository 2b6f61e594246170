// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import org.jspecify.annotations.Nullable;

/**
 * What became of one message for one target.
 *
 * @param result what became of it
 * @param seq the position it got; 0 unless stored
 * @param owner the gateway that holds the client's connection now, or null when it is offline
 * @param dropped how many messages the queue limit cost, the new one included
 */
public record Enqueued(Result result, long seq, @Nullable String owner, int dropped) {
    /** How an enqueue ends, and that it had already happened. */
    public enum Result {
        /** It stands in the queue. */
        STORED,
        /** The queue was full and this message gave way. */
        DROPPED,
        /** A message with this id had been stored before; nothing was changed. */
        REPEATED,
        /** There is no such session. */
        NO_SESSION,
        /** No gateway owns the session, and the message was for one that is online only; nothing was changed. */
        AWAY
    }
}
