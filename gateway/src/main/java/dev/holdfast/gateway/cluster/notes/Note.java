// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import dev.holdfast.gateway.link.LinkCard;
import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.EnqueueTarget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one gateway tells another one: the sender tells the reader, by its inbox or over a link. */
public sealed interface Note {
    /**
     * A kept session connected to the sender has a subscription.
     *
     * @param born the epoch of the attach with which the session began
     * @param epoch the current epoch of the session; a late note from a former owner has a lower one
     */
    record Subscribed(String from, String clientId, long born, long epoch, Subscription subscription) implements Note {}

    /** A kept session connected to the sender has removed a subscription. */
    record Unsubscribed(String from, String clientId, long epoch, String filter) implements Note {}

    /** A kept session has ended: every session of this client identifier up to this epoch. */
    record Ended(String clientId, long epoch) implements Note {}

    /** What the reader knows of a session may be wrong: it has to read the session from the store. */
    record Doubted(String clientId) implements Note {}

    /** The client of a kept session has connected to the sender. */
    record Resumed(String from, String clientId, long epoch) implements Note {}

    /** The client of a kept session has disconnected from the sender. */
    record Left(String from, String clientId, long epoch) implements Note {}

    /** Messages that match this filter are to be appended to its log. */
    record LogBegun(String filter) implements Note {}

    /** The log of a filter has ended, unless it has begun again. */
    record LogEnded(String filter) implements Note {}

    /** The sender has appended messages to the log of a filter: the highest index. */
    record LogGrown(String filter, long index) implements Note {}

    /** How many clean sessions of the sender have a subscription to this filter; 0 for none any more. */
    record Clean(String from, String filter, int count) implements Note {}

    /** The sender asks for all subscriptions of the reader's clean sessions. */
    record Hello(String from) implements Note {}

    /** The address and the secret by which the reader may open a link to the sender. */
    record Invitation(String from, LinkCard card) implements Note {}

    /** All clean subscriptions of the sender follow, as {@link Clean} notes. */
    record SnapshotBegins(String from) implements Note {}

    /** The snapshot of the sender's clean subscriptions is complete. */
    record SnapshotEnds(String from) implements Note {}

    /** The sender asks for {@link Applied} when the reader has applied all notes before this one. */
    record Barrier(String from, long number) implements Note {}

    /** The sender has applied all notes before this barrier of the reader. */
    record Applied(String from, long number) implements Note {}

    /**
     * A connection at the reader is displaced by an attach with this epoch at the sender, or by an operator.
     *
     * @param from the sender, which waits for {@link Over} unless an operator has displaced the connection
     * @param kicked whether an operator has displaced the connection
     * @param owesWill whether the reader may have to publish a will before it answers
     */
    record Displaced(String from, String clientId, long epoch, boolean kicked, boolean owesWill) implements Note {}

    /** Nothing will come any more from connections of this client at the sender that are older than this epoch. */
    record Over(String clientId, long epoch) implements Note {}

    /**
     * An operator asks the reader a question through the sender.
     *
     * @param number stands in the answer, {@link Told}
     */
    record Asked(String from, long number, byte[] question) implements Note {}

    /** The sender's answer to a question of the reader. */
    record Told(long number, byte[] answer) implements Note {}

    /** Messages for the clean sessions of the reader, in the order in which they were published. */
    record Publications(List<Publication> all) implements Note {}

    /** A message for one member of a shared subscription. */
    record Shared(String filter, @Nullable String publisher, int hops, Message message) implements Note {}

    /**
     * A hint: a message has been stored at a position in the queue of a session that is connected to the reader.
     *
     * @param seq the position in the queue
     * @param dropped whether the queue was full and another message was dropped for this one
     */
    record Queued(EnqueueTarget target, long seq, Message message, boolean dropped) implements Note {}

    /**
     * A QoS 0 message for a kept session that is connected to the reader.
     *
     * @param hops how many gateways have passed the message on
     */
    record Direct(EnqueueTarget target, int hops, Message message) implements Note {}
}
