// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

/** Fewer replicas than the durability asks for have confirmed a batch in time; the master has it. */
final class TooFewReplicasException extends Exception {
    private static final long serialVersionUID = 1L;

    TooFewReplicasException(int wanted, int confirmed) {
        super(confirmed + " of " + wanted + " replicas have confirmed the write", null, false, false);
    }
}
