// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.EnqueueTarget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one gateway tells another through its inbox. */
sealed interface Note {
    /**
     * A kept session connected to the sender has a subscription.
     *
     * @param born the epoch of the attach with which the session began
     * @param epoch of the session: what comes late from a former owner is recognized by it
     */
    record Subscribed(String from, String clientId, long born, long epoch, Subscription subscription) implements Note {}

    /** A kept session connected to the sender has a subscription no more. */
    record Unsubscribed(String from, String clientId, long epoch, String filter) implements Note {}

    /** A kept session has ended: whatever began under that name up to that epoch. */
    record Ended(String clientId, long epoch) implements Note {}

    /** What is known of a session may not be so any more: the store knows what it is now. */
    record Doubted(String clientId) implements Note {}

    /** A kept session has come to the sender. */
    record Resumed(String from, String clientId, long epoch) implements Note {}

    /** A kept session has left the sender: its client is away. */
    record Left(String from, String clientId, long epoch) implements Note {}

    /** So many clean sessions of the sender have a subscription; 0 for none any more. */
    record Clean(String from, String filter, int count) implements Note {}

    /** The sender wants to know all of the reader's clean subscriptions. */
    record Hello(String from) implements Note {}

    /** Where the sender may be told things directly, past its inbox. */
    record Invitation(String from, LinkCard card) implements Note {}

    /** All clean subscriptions of the sender follow, as {@link Clean} notes. */
    record SnapshotBegins(String from) implements Note {}

    /** They are complete. */
    record SnapshotEnds(String from) implements Note {}

    /** Asks for {@link Applied} once what came before it is in the reader's routes. */
    record Barrier(String from, long number) implements Note {}

    /** The sender routes by everything up to a barrier of the reader's. */
    record Applied(String from, long number) implements Note {}

    /**
     * A connection at the reader's is displaced by an attach with this epoch, or by an operator.
     *
     * @param from who wants {@link Over}, unless an operator has
     * @param owesWill whether a will may be published before that
     */
    record Displaced(String from, String clientId, long epoch, boolean kicked, boolean owesWill) implements Note {}

    /** Nothing is to come any more of the connections at the sender's that are older than this epoch. */
    record Over(String clientId, long epoch) implements Note {}

    /**
     * An operator asks the reader something through the sender.
     *
     * @param number names the question in {@link Told}
     */
    record Asked(String from, long number, byte[] question) implements Note {}

    /** The answer of the sender to a question of the reader's. */
    record Told(long number, byte[] answer) implements Note {}

    /** Messages for the reader's clean sessions, in their order. */
    record Publications(List<Publication> all) implements Note {}

    /** A message for one member of a shared subscription. */
    record Shared(String filter, @Nullable String publisher, int hops, Message message) implements Note {}

    /**
     * What stands at a position of the queue of a session that the reader owns.
     *
     * @param dropped whether the queue limit took something else for it
     */
    record Queued(EnqueueTarget target, long seq, Message message, boolean dropped) implements Note {}

    /**
     * A QoS 0 message for a kept session that the reader owns.
     *
     * @param hops how many gateways have passed it on
     */
    record Direct(EnqueueTarget target, int hops, Message message) implements Note {}
}
