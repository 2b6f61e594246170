// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.failure;

/** Fewer replicas than the durability asks for have confirmed a batch in time; the master has it. */
public final class TooFewReplicasException extends Exception {
    private static final long serialVersionUID = 1L;

    /** An exception that says how many replicas were to confirm a write, and how many have. */
    public TooFewReplicasException(int wanted, int confirmed) {
        super(confirmed + " of " + wanted + " replicas have confirmed the write", null, false, false);
    }
}
