// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Subscription;
import java.util.List;
import java.util.Set;

/**
 * What the owner of a live session knows of it, told to a store that may have lost its last writes.
 *
 * @param attach what the owner had asked for when it took the session
 * @param kept whether the session outlives its connection
 * @param began whether it began with that attach: then nothing older is its
 * @param born the epoch of the attach with which it began: what another session of that name has left is not its
 * @param fenced whether nothing of this session's is under way, so that what the store has besides is old
 * @param highestSeq the highest position of its queue that the owner has heard of, 0 if none: the next one is above it
 * @param unseen ranges of lower positions at which the owner knows nothing to have been put, oldest first. What stands there was
 *     put there by who had not heard of the loss: it is put again above all, since the owner acknowledges what is below
 * @param subscriptions all that it subscribes to
 * @param cursors all that it has in logs: what they say is told later
 * @param identifiers how many packet identifiers the messages of its queue share; the others are for logs
 * @param inboundPacketIds the QoS 2 packet identifiers received and not released
 */
public record Assertion(
        AttachRequest attach,
        boolean kept,
        boolean began,
        long born,
        boolean fenced,
        long highestSeq,
        List<SeqRange> unseen,
        List<Subscription> subscriptions,
        Set<LogCursor.Name> cursors,
        int identifiers,
        Set<Integer> inboundPacketIds) {

    /** What the owner of a session that reads no logs, and never has, knows of it. */
    public Assertion(
            AttachRequest attach,
            boolean kept,
            boolean began,
            long born,
            boolean fenced,
            long highestSeq,
            List<SeqRange> unseen,
            List<Subscription> subscriptions,
            Set<Integer> inboundPacketIds) {
        this(
                attach,
                kept,
                began,
                born,
                fenced,
                highestSeq,
                unseen,
                subscriptions,
                Set.of(),
                QueuedMessage.IDENTIFIERS,
                inboundPacketIds);
    }
}
