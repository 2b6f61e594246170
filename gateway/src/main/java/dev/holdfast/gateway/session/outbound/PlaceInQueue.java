// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

/** A place behind messages that wait for a client in memory. On the session's thread. */
@FunctionalInterface
public interface PlaceInQueue {
    /** Whether every message in front of it has been sent or dropped. */
    boolean isReached();
}
