// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

/** Hears of calls for one session's queue that the store has refused or could not answer. */
@FunctionalInterface
public interface StoreFailures {
    /** A call has failed; as a rule the connection ends. Any thread. */
    void failed(Throwable failure);
}
