// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * How much one session's outbound queue may hold, unacknowledged messages included.
 *
 * <p>A queue that is full first loses what has expired and has not been sent; this counts as dropped nowhere. Then the
 * policy decides. A message may have been sent if its seq is not above the sent mark, or, while the session is owned,
 * if the owner has read it, or was told of it by enqueue and has read all that was queued before its attach. Such a
 * message is never dropped.
 *
 * @param maxMessages at least 1
 * @param maxBytes of message bodies, at least 1
 * @param whenFull which message gives way
 */
public record QueueLimits(int maxMessages, long maxBytes, DropPolicy whenFull) {
    /** Which message gives way when a queue is full. */
    public enum DropPolicy {
        /** As many of the oldest that have not been sent as it takes; if that is not enough, the new one alone. */
        DROP_OLDEST,
        /** The new one. */
        DROP_NEWEST
    }
}
