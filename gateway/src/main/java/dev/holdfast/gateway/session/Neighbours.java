// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SessionRef;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The other gateways that share the store, as sessions and routing see them. A gateway that is alone has {@link #NONE},
 * which does nothing. Any thread; nothing here blocks.
 */
public interface Neighbours {
    /** No other gateways. */
    Neighbours NONE = new Neighbours() {};

    /** Whether there may be other gateways: they change sessions too, and hints about queues may be lost on the way. */
    default boolean mayExist() {
        return false;
    }

    /** Whether this is the id of another gateway that is alive. */
    default boolean isElsewhere(@Nullable String gateway) {
        return false;
    }

    // ---- what other gateways have to know of the sessions here

    /** A live session here has got a subscription. */
    default void subscribed(SessionSlot slot, Subscription subscription) {}

    /** A live session here has lost a subscription. */
    default void unsubscribed(SessionSlot slot, String filter) {}

    /**
     * A kept session has ended: every gateway, this one included, forgets what it knows of the session.
     *
     * @param epoch that of the session's last attach, or any higher one up to that with which the next session of the name began
     */
    default void ended(String clientId, long epoch) {}

    /** A kept session has come to this gateway. */
    default void resumed(SessionRef ref) {}

    /** A kept session has left this gateway: its client is away. */
    default void left(SessionRef ref) {}

    /** The routes of a kept session may differ from what the store has: every gateway looks there. */
    default void doubted(String clientId) {}

    /** Messages that match this filter are appended to its log from now on, by every gateway. */
    default void logBegun(String filter) {}

    /** The log of a filter has ended: gateways that do not find it forget it. */
    default void logEnded(String filter) {}

    /** This gateway has appended a message to a log: gateways at which sessions read the log are told. */
    default void logGrown(String filter, long index) {}

    /**
     * Done when all living gateways route by everything that was told before this call, or when the wait has been given up,
     * which is counted; exceptionally if they could not be told.
     */
    default CompletableFuture<?> settled() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Done when each other gateway has said that the retained messages published there before are in the store and have left
     * for this gateway, and when they have come to the threads here; or when the wait has been given up.
     */
    default CompletableFuture<?> answered() {
        return CompletableFuture.completedFuture(null);
    }

    /** Done when this gateway knows everything that others had told it before, or after some seconds. */
    default CompletableFuture<?> caughtUp() {
        return CompletableFuture.completedFuture(null);
    }

    /** Whether this is the id of a gateway that has gone: it says nothing any more. */
    default boolean isGone(String gateway) {
        return false;
    }

    /**
     * A connection at another gateway has lost its session, and is to be closed there.
     *
     * @param displaced the gateway of the connection, and whether a will of the connection waits for the gateway's word
     * @param by the attach that has displaced it; if an operator has, the epoch is one above that of the connection
     * @param kicked whether an operator has displaced it
     * @return whether the gateway has said that nothing of that connection is to come any more, its will included; false if
     *     it has not said so in time, or if an operator has displaced the connection and does not wait
     */
    default CompletableFuture<Boolean> displaced(DisplacedConnection displaced, SessionRef by, boolean kicked) {
        return CompletableFuture.completedFuture(false);
    }

    // ---- messages

    /** Whether so much waits for another gateway's inbox that publishers are to be held back. */
    default boolean isBehind() {
        return false;
    }

    /**
     * Passes a message on to gateways whose clean sessions match. Done, on the same thread, when their inboxes have it; at
     * QoS 0 at once.
     *
     * @param here the thread of the caller
     * @param gateways at least one
     */
    default CompletableFuture<?> forward(
            SessionThread here, String[] gateways, Message message, @Nullable String publisher) {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Tells the owner of a session of a message that the store has put into the session's queue.
     *
     * @param dropped whether the queue limit has taken other messages for it
     */
    default void hint(String owner, EnqueueTarget target, long seq, Message message, boolean dropped) {}

    /**
     * Passes a QoS 0 message on to the owner of a kept session. If the session is not there any more, a message of a shared
     * subscription goes to another member.
     *
     * @param hops how many gateways have passed the message on
     */
    default void direct(String owner, EnqueueTarget target, Message message, int hops) {}

    /**
     * Passes a message on to a clean member of a shared subscription at another gateway.
     *
     * @param hops how many gateways have passed the message on
     * @return whether the inbox of the gateway has it
     */
    default CompletableFuture<Boolean> share(
            String gateway, String filter, Message message, @Nullable String publisher, int hops) {
        return CompletableFuture.completedFuture(false);
    }
}
