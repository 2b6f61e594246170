// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.log;

/**
 * Where a log stands.
 *
 * @param begun the index with which it began: another one of the same filter has another
 * @param first the lowest index that it has; equals {@code next} when it is empty
 * @param next above the highest index that it has given
 */
public record LogEnds(long begun, long first, long next) {}
