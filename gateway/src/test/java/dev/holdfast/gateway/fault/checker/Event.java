// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

/**
 * Something that a client has done or seen, or that was done to the gateways. {@code at} is in milliseconds since the
 * history began; the order of the history is that in which things were written down. An event that says that something
 * is about to be done is written before it is, one that says that it has been seen after it was.
 */
public sealed interface Event {
    /** When it was written down. */
    long at();

    /** A client with a kept session is about to send CONNECT. */
    record Connecting(long at, String client, int line) implements Event {}

    /** It was accepted. */
    record Opened(long at, String client, int line, String gateway, boolean present) implements Event {}

    /** It has seen its connection end, or has ended it. */
    record Closed(long at, String client, int line) implements Event {}

    /** A subscription was granted; from now on what matches is owed. */
    record Subscribed(long at, String client, String filter) implements Event {}

    /** A session is about to be given up: nothing is owed to it any more. */
    record GivenUp(long at, String client) implements Event {}

    /** A message is about to be sent, for the first time or again. Its publisher's messages count from 1. */
    record Published(
            long at,
            String publisher,
            int number,
            String topic,
            int qos,
            boolean retain,
            int payload,
            String gateway,
            int line)
            implements Event {}

    /** The last acknowledgement has come for it. */
    record Acked(long at, String publisher, int number, String gateway, int line) implements Event {}

    /**
     * A message has come.
     *
     * @param again whether the client's own state shows that it is a repetition: QoS 2, and not released yet
     * @param payload a hash of the payload
     */
    record Delivered(
            long at,
            String subscriber,
            int line,
            String publisher,
            int number,
            String topic,
            int qos,
            boolean dup,
            int packetId,
            boolean again,
            int payload)
            implements Event {}

    /** A client with a will, and a name for this life alone, was accepted. */
    record Armed(long at, String client, String topic, int payload) implements Event {}

    /** That client's life is over. */
    record Ended(long at, String client, End how) implements Event {}

    /** How a life may end. */
    enum End {
        /** With DISCONNECT, and the gateway has closed for it: no will. */
        CLEAN,
        /** Without: a will. */
        ABNORMAL,
        /** Nobody can tell. */
        UNKNOWN
    }

    /** A client is about to ask for the retained message of a topic. */
    record Reading(long at, String reader, String topic) implements Event {}

    /** It has found this message; number 0 if there was none. */
    record Found(long at, String reader, String topic, String publisher, int number) implements Event {}

    /** On a connection that is one of many of a dashboard, this message has come. */
    record Shown(long at, String dashboard, int line, String topic, int number) implements Event {}

    /** Something is about to be broken. */
    record FaultBegins(long at, String what) implements Event {}

    /** It has been mended. */
    record FaultEnds(long at, String what) implements Event {}

    /** From now on a gateway cannot reach the store: it has been cut off. */
    record StoreAway(long at, String gateway) implements Event {}

    /** The gateway is about to be given the store back. */
    record StoreBack(long at, String gateway) implements Event {}

    /** A gateway was stopped, or killed: what it says, or does not say, about itself counts no more. */
    record Silenced(long at, String gateway) implements Event {}

    /** A gateway may speak again. */
    record Speaking(long at, String gateway) implements Event {}

    /** What a gateway's /readyz said. */
    record Ready(long at, String gateway, boolean ready) implements Event {}

    /** The store has lost everything. */
    record StoreLost(long at) implements Event {}

    /** The store has come back to an older state: of what was sent before, nothing is owed. */
    record StoreWentBack(long at) implements Event {}

    /** A key that is there though everything has expired. */
    record Remaining(long at, String key) implements Event {}

    /** Everything that was to come has come, or time was up. */
    record TheEnd(long at) implements Event {}
}
