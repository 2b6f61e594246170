// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * The 16-byte identity of a message over all gateways, retries and redeliveries.
 *
 * @param origin what the first gateway drew at random when it started
 * @param number the count of messages at that gateway, above 16 bits that all messages of one publisher share
 */
public record MessageId(long origin, long number) {
    private static final int PUBLISHER_BITS = 16;

    /**
     * The id of a message that a client has published.
     *
     * @param origin what the first gateway drew at random when it started
     * @param count how many messages there have been at that gateway, in 48 bits
     * @param publisher the client identifier
     */
    public static MessageId of(long origin, long count, String publisher) {
        int hash = publisher.hashCode();
        return new MessageId(origin, count << PUBLISHER_BITS | ((hash ^ hash >>> PUBLISHER_BITS) & 0xFFFF));
    }

    /**
     * What all messages of one client have in common, through whichever gateways it published them; those of two clients
     * have it in common once in 65,536 pairs of clients.
     */
    public short publisherMark() {
        return (short) number;
    }

    /**
     * Whether the same client published this message earlier than another one at the same gateway. False too where nothing is
     * known: between two clients, or two gateways, there is no order.
     */
    public boolean isBefore(MessageId other) {
        return origin == other.origin
                && publisherMark() == other.publisherMark()
                && Long.compareUnsigned(number, other.number) < 0;
    }
}
