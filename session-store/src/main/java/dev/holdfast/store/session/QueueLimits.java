// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

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
 * @param inflight how many positions the owner may have sent that are not done: the client's Receive Maximum, 1 to
 *     65,535. What lies behind them has certainly not been sent
 */
public record QueueLimits(int maxMessages, long maxBytes, DropPolicy whenFull, int inflight) {
    /** Limits of a session whose owner may have sent anything. */
    public QueueLimits(int maxMessages, long maxBytes, DropPolicy whenFull) {
        this(maxMessages, maxBytes, whenFull, 65_535);
    }

    /** These limits for a client with this Receive Maximum; the same object if it is theirs: there is one for each session. */
    public QueueLimits withInflight(int receiveMaximum) {
        return receiveMaximum == inflight ? this : new QueueLimits(maxMessages, maxBytes, whenFull, receiveMaximum);
    }

    /** Which message gives way when a queue is full. */
    public enum DropPolicy {
        /** As many of the oldest that have not been sent as it takes; if that is not enough, the new one alone. */
        DROP_OLDEST,
        /** The new one. */
        DROP_NEWEST
    }
}
