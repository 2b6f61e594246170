// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/**
 * Positions of a queue that follow each other.
 *
 * @param first the lowest, at least 1
 * @param last the highest
 */
public record SeqRange(long first, long last) {}
