// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * The account of what this process holds in memory for clients, by kind. Whoever is about to keep something charges it
 * before, and gives exactly that back when it lets go of it: when nothing is held, every kind stands at zero.
 *
 * <p>Safe on any thread, without a lock. Bytes are those of the heap, the overhead of objects included, as well as they can
 * be told.
 */
public interface HeldMemory {
    /** What is held. */
    enum Kind {
        /** Connections that have not sent a whole first packet, with what has come of it. */
        STRANGERS(0),
        /** Input of clients that is no whole packet, or has not been taken yet. */
        UNFINISHED_INPUT(1),
        /** Connections, and the sessions of clients whether they are connected or not. */
        SESSIONS(2),
        /** What is on its way to connected clients and has not left. */
        OUTPUT(3),
        /** QoS 2 messages received and not released. */
        QOS2_HELD(4),
        /** The queues of kept sessions. */
        QUEUES(5),
        /** Retained messages, and the index of their topics. */
        RETAINED(6),
        /** Wills of connections, and those that wait for their delay. */
        WILLS(7),
        /** Subscriptions, and the routes to sessions at other gateways. */
        SUBSCRIPTIONS(8);

        /** How many kinds there are. */
        public static final int COUNT = 9;

        private final int index;

        Kind(int index) {
            this.index = index;
        }

        /** The place of the kind in a table, 0 to {@link #COUNT} - 1. */
        public int index() {
            return index;
        }
    }

    /** Nobody counts, and there is room for everything. */
    HeldMemory UNCOUNTED = new HeldMemory() {
        @Override
        public void add(Kind kind, long bytes) {}

        @Override
        public boolean hasRoom(Kind kind, long bytes) {
            return true;
        }

        @Override
        public long mostOfOne(Kind kind) {
            return Long.MAX_VALUE;
        }

        @Override
        public void refused(Kind kind) {}
    };

    /** Charges bytes, whether there is room or not; a negative number gives them back. */
    void add(Kind kind, long bytes);

    /** Whether there is room for so many bytes more. The answer may be late by some 100 KiB. */
    boolean hasRoom(Kind kind, long bytes);

    /**
     * How many bytes one client may hold of a kind just now: a part of what is free, so that many who hold much leave room
     * to those who hold little. Who holds more may go on to hold it.
     */
    long mostOfOne(Kind kind);

    /** Counts that something of a kind was not kept, or had to make room, since there was none. */
    void refused(Kind kind);
}
