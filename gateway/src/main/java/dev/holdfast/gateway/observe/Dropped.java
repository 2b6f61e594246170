// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.observe;

/** The tag {@code cause} of a message that did not reach somebody who should have had it. */
public enum Dropped {
    /** The queue of the session was full. */
    QUEUE_FULL,
    /** It outlived its message expiry interval. */
    EXPIRED,
    /** It is larger than the Maximum Packet Size of the receiver. */
    TOO_LARGE,
    /**
     * It is larger than {@code limits.max-packet-size}, or at QoS 2 than {@code limits.max-retained-bytes} with RETAIN = 1; its
     * publisher is told, or its connection ended.
     */
    OVERSIZE,
    /** Its publisher may not publish it, or the receiver may not read it, or may not any more. */
    NOT_AUTHORIZED,
    /** QoS 1 or 2, and its payload is not what its format indicator says; at QoS 0 the connection ends. */
    PAYLOAD_FORMAT_INVALID,
    /** QoS 2, received and not released, when its publisher used its packet identifier for another message. */
    IDENTIFIER_REUSED,
    /** QoS 0, and the receiver reads too slowly. */
    SLOW,
    /** QoS 0 for a session that is offline and does not queue QoS 0. */
    OFFLINE,
    /** No member of a shared subscription could take it. */
    NO_MEMBER,
    /** The store did not take it. */
    STORE,
    /** QoS 0, and too many messages waited that take long to distribute. */
    BUSY
}
