// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * How much one session's outbound queue may hold, unacknowledged messages included.
 *
 * @param maxMessages at least 1
 * @param maxBytes of message bodies, at least 1
 * @param whenFull which message gives way
 */
public record QueueLimits(int maxMessages, long maxBytes, DropPolicy whenFull) {
    /** Which message gives way when a queue is full. */
    public enum DropPolicy {
        /** The oldest that has not been sent yet; if all have been sent, the new one. */
        DROP_OLDEST,
        /** The new one. */
        DROP_NEWEST
    }
}
