// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import dev.holdfast.store.Subscription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an attach.
 *
 * @param ref the fencing reference for every later operation
 * @param sessionPresent whether a kept session was resumed
 * @param born the epoch of the attach with which the session began; that of {@code ref} if it has begun now
 * @param displaced the connection that had the session until now and must be closed, or null; its gateway may be the
 *     asking one itself
 * @param subscriptions what the resumed session subscribes to
 * @param firstSeq the lowest seq that is not acknowledged; equals {@code nextSeq} when the queue is empty
 * @param nextSeq the seq the next queued message will get, at least 1
 * @param sentMark the highest seq that may have been sent before; those up to it are resent with DUP = 1 [MQTT-3.3.1-1].
 *     Where a connection is displaced, {@link SessionStore#sentMark} says more once that one has handed over
 * @param leftOut ranges of seqs that no message of this queue has got, oldest first, as far as the store knows them: a store that
 *     may have lost writes goes on above all that it may have given
 * @param inboundPacketIds the QoS 2 packet identifiers received and not released [MQTT-4.3.3-10]
 * @param discarded the session that ended with this attach, by clean start or because it was over already, or
 *     null if there was none
 * @param predecessor the last epoch of the kept session of that client identifier that ended with this attach or not
 *     long before it, whoever ended it; 0 if there was none, or this one is resumed. A store of one process knows of those
 *     that ended with this attach only: nobody else has to be told
 * @param queued how many messages the resumed session still owes its client, those on their way included
 * @param dropped how many messages the session has lost to its queue limits since the attach before this one
 * @param owesWills whether wills of earlier connections are due and have not been published, besides that of {@code displaced} and
 *     that in {@code discarded}; {@link SessionStore#willsLeft} says more
 * @param identifiers how many packet identifiers the queue has: {@link LogCursor#QUEUE_IDENTIFIERS} of a session that has, or has
 *     had, cursors in logs, otherwise {@link QueuedMessage#IDENTIFIERS}
 * @param cursors the subscriptions whose messages stand in logs; they are not among {@code subscriptions}
 */
public record Attached(
        SessionRef ref,
        boolean sessionPresent,
        long born,
        @Nullable DisplacedConnection displaced,
        List<Subscription> subscriptions,
        long firstSeq,
        long nextSeq,
        long sentMark,
        List<SeqRange> leftOut,
        List<Integer> inboundPacketIds,
        @Nullable Erased discarded,
        long predecessor,
        int queued,
        long dropped,
        boolean owesWills,
        int identifiers,
        List<LogCursor> cursors) {
    /** The gateway of the displaced connection, or null. */
    public @Nullable String displacedGateway() {
        return displaced == null ? null : displaced.gateway();
    }

    /** Whether it is known what of the logs may have been sent. */
    public boolean areCursorsSure() {
        return cursors.stream().allMatch(LogCursor::isMarkSure);
    }

    /** The same with other cursors. */
    public Attached withCursors(List<LogCursor> others) {
        return new Attached(
                ref,
                sessionPresent,
                born,
                displaced,
                subscriptions,
                firstSeq,
                nextSeq,
                sentMark,
                leftOut,
                inboundPacketIds,
                discarded,
                predecessor,
                queued,
                dropped,
                owesWills,
                identifiers,
                others);
    }

    /** The same with another sent mark. */
    public Attached withSentMark(long mark) {
        return new Attached(
                ref,
                sessionPresent,
                born,
                displaced,
                subscriptions,
                firstSeq,
                nextSeq,
                mark,
                leftOut,
                inboundPacketIds,
                discarded,
                predecessor,
                queued,
                dropped,
                owesWills,
                identifiers,
                cursors);
    }
}
