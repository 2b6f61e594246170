// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.bench;

import java.nio.ByteBuffer;

/**
 * What a message of a run carries: which run, which message, and when it was to be sent. Good in this process alone, whose clock
 * it is.
 */
record Stamp(long run, long number, long intendedNanos) {
    /** What it takes at least. */
    static final int BYTES = 24;

    /** As a payload of some length, the rest zeros. */
    byte[] payload(int length) {
        return ByteBuffer.allocate(Math.max(length, BYTES))
                .putLong(run)
                .putLong(number)
                .putLong(intendedNanos)
                .array();
    }

    /** Reads one; of another run if it is none. */
    static Stamp read(byte[] payload) {
        if (payload.length < BYTES) {
            return new Stamp(0, 0, 0);
        }
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        return new Stamp(bytes.getLong(), bytes.getLong(), bytes.getLong());
    }
}
