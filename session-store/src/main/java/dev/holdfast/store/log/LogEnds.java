// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

/**
 * Where a log stands.
 *
 * @param begun the index with which it began: another one of the same filter has another
 * @param first the lowest index that it has; equals {@code next} when it is empty
 * @param next above the highest index that it has given
 * @param messages how many it has
 */
public record LogEnds(long begun, long first, long next, int messages) {
    /** How many messages it has from an index on, at most: exactly so but where the store may have lost writes behind it. */
    public long from(long index) {
        return Math.min(messages, Math.max(0, next - Math.max(index, first)));
    }
}
