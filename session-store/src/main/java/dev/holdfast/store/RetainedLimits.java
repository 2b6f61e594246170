// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * How much a {@link RetainedStore} keeps.
 *
 * @param maxMessages how many topics may have a retained message, 0 for none
 * @param maxMessageBytes how large the payload of one may be, in bytes
 */
public record RetainedLimits(int maxMessages, int maxMessageBytes) {}
