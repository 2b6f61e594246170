// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

/**
 * Something that is to happen at a time, as its {@link DueQueue} knows it.
 *
 * @param atMillis when, in milliseconds since the epoch
 * @param number tells apart what is due at the same millisecond
 * @param what the thing itself
 */
record Scheduled<T>(long atMillis, long number, T what) {

    boolean isPast(long nowMillis) {
        return atMillis <= nowMillis;
    }
}
