// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.codec.MalformedPacketException;

/**
 * A part of a packet of one client that may take longer than a turn may last, and is dealt with a slice at a time. Nothing
 * further is taken from the client meanwhile. On the connection's thread.
 */
final class LongPacket {
    /** Filters of a SUBSCRIBE or UNSUBSCRIBE that are checked in one slice. */
    static final int CHECKED_AT_ONCE = 512;

    /** What is done of it at once. */
    @FunctionalInterface
    interface Slice {
        /** Does some 0.05 ms of work; returns whether nothing is left. */
        boolean next() throws MalformedPacketException;
    }

    private final Connection connection;
    private final Slice slice;
    private final Runnable then;
    private final Runnable ifCut;
    private boolean isOver;

    private LongPacket(Connection connection, Slice slice, Runnable then, Runnable ifCut) {
        this.connection = connection;
        this.slice = slice;
        this.then = then;
        this.ifCut = ifCut;
    }

    /** Runs the first slice at once and the others in later turns; then, after the last slice, the given task. */
    static void deal(Connection connection, Slice slice, Runnable then) throws MalformedPacketException {
        deal(connection, slice, then, () -> {});
    }

    /**
     * The same.
     *
     * @param ifCut what is done when the connection ends before the last slice, so that what is left does not count any
     *     more; the session is still the connection's
     */
    static void deal(Connection connection, Slice slice, Runnable then, Runnable ifCut)
            throws MalformedPacketException {
        if (slice.next()) {
            then.run();
            return;
        }
        LongPacket packet = new LongPacket(connection, slice, then, ifCut);
        if (connection.input().isHeardOut()) {
            packet.whole();
            return;
        }
        connection.pacing().begun(packet);
        connection.tools().thread().gradually(connection.pacing(), packet::goOn);
    }

    private boolean goOn() {
        if (!isOver && connection.client().isAccepted()) {
            connection.input().guardPacket(this::step);
        } else {
            isOver = true;
        }
        return isOver;
    }

    private void step() throws MalformedPacketException {
        if (slice.next()) {
            over();
        }
    }

    /** The connection is about to end: what is left is dealt with at once. */
    void whole() throws MalformedPacketException {
        if (isOver) {
            return;
        }
        boolean isLast = false;
        while (!isLast) {
            isLast = slice.next();
        }
        over();
    }

    /** The connection ends, and what is left is not dealt with. */
    void cut() {
        if (!isOver) {
            isOver = true;
            ifCut.run();
        }
    }

    private void over() {
        isOver = true;
        then.run();
        connection.pacing().done(this);
    }
}
