// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Subscription;

/**
 * A subscription of one session whose messages stand in the log of its filter, and how far the session has come there.
 *
 * <p>Packet identifiers need no storage: that of an index follows from the slot and the index. They lie above those of the
 * session's queue ({@link QueuedMessage#packetId(long, int)}). No index is sent before {@link #first} lies less than
 * {@link #WINDOW} below it <em>in the store</em>: so two indexes that a client may hold never share an identifier, whatever a
 * gateway that dies has not stored.
 *
 * @param slot 0 to 255; no two cursors of a session have the same
 * @param subscription what was granted
 * @param first the lowest index that is not done; all below are
 * @param sent the highest index that may have been sent, below {@code first + WINDOW}; below {@code first} if none has
 * @param end the index before which the subscription has ended, while older messages are under way; 0 for a subscription that
 *     goes on
 * @param done indexes above {@code first} that are done, ascending
 * @param released indexes from {@code first} on whose PUBREC has come, ascending: PUBREL is owed
 */
public record LogCursor(
        int slot, Subscription subscription, long first, long sent, long end, long[] done, long[] released) {
    /** How many slots a session has. */
    public static final int SLOTS = 256;
    /** How many consecutive indexes of one log may be under way to one session. */
    public static final int WINDOW = 128;
    /** How many packet identifiers are left to the queue of a session that has, or has had, cursors: 1 to this number. */
    public static final int QUEUE_IDENTIFIERS = 32_767;

    /** A queue whose highest seq is at most this one gives up identifiers as it is: its messages have none of the upper half. */
    public static final long LOW_SEQS = 20_000;

    private static final long[] NONE = {};
    private static final long TURN = (long) QueuedMessage.IDENTIFIERS * QUEUE_IDENTIFIERS;

    /** A subscription that begins at an index, and whose owner may send as soon as there is something. */
    public static LogCursor beginning(int slot, Subscription subscription, long first) {
        return new LogCursor(slot, subscription, first, first + WINDOW - 1, 0, NONE, NONE);
    }

    /** The packet identifier of an index: 32,768 to 65,535, the same on every gateway. */
    public static int packetId(int slot, long index) {
        return QUEUE_IDENTIFIERS + 1 + slot * WINDOW + (int) (index % WINDOW);
    }

    /** The slot to which a packet identifier above {@link #QUEUE_IDENTIFIERS} belongs. */
    public static int slotOf(int packetId) {
        return (packetId - QUEUE_IDENTIFIERS - 1) / WINDOW;
    }

    /** A seq above the given one after which all identifiers and the lower half of them begin again at 1, both. */
    public static long sameIdentifiersAfter(long seq) {
        return (seq / TURN + 1) * TURN;
    }

    /**
     * Which cursor of a session it is.
     *
     * @param slot 0 to 255
     * @param filter of the log
     */
    public record Name(int slot, String filter) {}

    /** Which one it is. */
    public Name name() {
        return new Name(slot, subscription.filter());
    }

    /** Whether it is known what may have been sent: an owner that has left has said, one that has died or was displaced has not. */
    public boolean isMarkSure() {
        return sent < first + WINDOW - 1;
    }

    /** The same where nothing has been sent from an index on, since the log did not have it. */
    public LogCursor sentBefore(long index) {
        long mark = Math.max(first - 1, Math.min(sent, index - 1));
        long ending = end == 0 ? 0 : Math.max(first, Math.min(end, mark + 1));
        return new LogCursor(slot, subscription, first, mark, ending, done, released);
    }

    /** The same where it is not known what has been sent. */
    public LogCursor withoutMark() {
        return new LogCursor(slot, subscription, first, first + WINDOW - 1, end, done, released);
    }

    /** Whether the subscription has ended and nothing of it is under way: the slot is free. */
    public boolean isOver() {
        return end > 0 && first >= end;
    }
}
