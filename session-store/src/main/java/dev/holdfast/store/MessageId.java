// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * The 16-byte identity of a message over all gateways, retries and redeliveries.
 *
 * @param origin what the first gateway drew at random when it started
 * @param number the count of messages at that gateway
 */
public record MessageId(long origin, long number) {}
