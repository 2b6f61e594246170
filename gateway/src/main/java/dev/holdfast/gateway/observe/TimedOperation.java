// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

/** The tag {@code op} of what a store is asked and timed for. */
public enum TimedOperation {
    /** A connection takes its session. */
    ATTACH,
    /** A connection leaves its session. */
    DETACH,
    /** A message is put into queues. */
    ENQUEUE
}
