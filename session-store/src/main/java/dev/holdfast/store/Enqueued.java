// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import org.jspecify.annotations.Nullable;

/**
 * What became of one message for one target.
 *
 * @param result stored, dropped, repeated, or no such session
 * @param seq the position it got; 0 unless stored
 * @param owner the gateway that holds the client's connection now, or null when it is offline
 * @param dropped how many messages the queue limit cost, the new one included
 */
public record Enqueued(Result result, long seq, @Nullable String owner, int dropped) {
    /** The three ways an enqueue ends, and the one in which it had already happened. */
    public enum Result {
        /** It stands in the queue. */
        STORED,
        /** The queue was full and this message gave way. */
        DROPPED,
        /** A message with this id had been stored before; nothing was changed. */
        REPEATED,
        /** There is no such session. */
        NO_SESSION
    }
}
