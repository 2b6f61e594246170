// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SeqRange;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one session has for its client and has not sent, and what it knows of the messages that are sent and not
 * acknowledged. {@link Outbound} has the window and the connection; the backlog decides which message is next and who is
 * told that a position is done. On the session's thread, unless a method says otherwise.
 */
sealed interface Backlog permits MemoryBacklog, StoredBacklog {

    // ---- messages in

    /**
     * Sends a message now, or keeps it for later as far as the limits allow. At QoS 0 only for a session that is kept.
     *
     * @param origin the shared subscription that it came through, or null
     * @return whether the session has taken it
     */
    boolean deliver(
            Message message, int qos, boolean retain, int[] subscriptionIdentifiers, @Nullable SharedOrigin origin);

    /**
     * Takes note of a message that the store has put into the session's queue, and sends it if it is next.
     *
     * @param seq its position in the queue
     * @param target what the store was asked to put there
     * @param hasDropped whether the queue limit has taken other messages for it
     * @param origin the shared subscription that it came through, or null
     */
    void queued(long seq, Message message, EnqueueTarget target, boolean hasDropped, @Nullable SharedOrigin origin);

    /** The queue has a message at this position or has had one; the message itself is not known here. Any thread. */
    void reaches(long seq);

    /** The queue has lost messages that had not been sent: what is known of them is wrong. */
    void dropped();

    /** Reads the queue in the store, even if no hint said that it has more. */
    void look();

    /** Takes retained messages at the pace of the client. */
    RetainedIntake retained();

    // ---- messages out

    /** Whether nothing waits to be sent. */
    boolean isEmpty();

    /** Sends the next message if the window and the connection have room for it; answers whether it did. */
    boolean sendNext();

    /** How many messages wait in memory, those aside that the store has too. */
    int waiting();

    /** The sum of the bodies of the messages that {@link #waiting wait}, in bytes. */
    long waitingBytes();

    // ---- acknowledgements

    /** PUBREC has come for a position: has the release stored, then calls {@link Outbound#released}. */
    void release(long seq);

    /** The client has finished the exchange of a position; the window has moved already. */
    void acknowledged(long seq);

    /** A position whose turn has come needs no exchange; the window has moved already. */
    void skipped(long seq);

    /** Whether the store has yet to hear that positions are done. */
    boolean owesTheStore();

    /** About once a second: takes up what a failed call to the store has left. */
    void tick();

    // ---- the end

    /** Has the store told of everything that is acknowledged. Done when the store has answered. */
    CompletableFuture<@Nullable Void> settle();

    /**
     * Has other members take what came through shared subscriptions and was not acknowledged, unless a later connection has
     * the session.
     *
     * @param settled what {@link #settle} has answered: exceptionally if a later connection has the session
     * @param hasEnded whether the session ends with its connection
     */
    void redistributeShared(CompletableFuture<?> settled, boolean hasEnded);

    /** Gives back what it holds in memory. The connection has left the session. */
    void letGo();

    // ---- a store that may have lost its last writes

    /** Tells the store again what it acknowledged lately, and asks again for what it has refused. */
    void tellAgain();

    /** The highest position that the session has heard of, sent or not. */
    long highestSeq();

    /** Ranges of positions below {@link #highestSeq} at which nothing was put, as far as the session knows. */
    List<SeqRange> leftOut();
}
