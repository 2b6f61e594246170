// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.SessionRef;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The other gateways that share the store, as sessions and routing see them. A gateway that is alone has {@link #NONE},
 * which does nothing. Callable on any thread; nothing here blocks.
 */
public interface Neighbours {
    /** No other gateways. */
    Neighbours NONE = new Neighbours() {};

    /** Whether sessions may be changed by others, and hints about their queues may be lost on the way. */
    default boolean mayExist() {
        return false;
    }

    /** Whether this names a gateway other than this one that lives. */
    default boolean isElsewhere(@Nullable String gateway) {
        return false;
    }

    // ---- what the others have to know of this one's sessions

    /** A live session here has this subscription now. */
    default void subscribed(SessionSlot slot, Subscription subscription) {}

    /** A live session here has a subscription no more. */
    default void unsubscribed(SessionSlot slot, String filter) {}

    /**
     * A kept session has ended: every gateway, this one included, forgets all that it knows of it.
     *
     * @param epoch of its last attach, or any above it and not above that with which the next session of that name began
     */
    default void ended(String clientId, long epoch) {}

    /** A kept session has come to this gateway. */
    default void resumed(SessionRef ref) {}

    /** A kept session has left this gateway: its client is away. */
    default void left(SessionRef ref) {}

    /** What the routes say of a kept session is not what the store has: every gateway is to look there. */
    default void doubted(String clientId) {}

    /**
     * Done when all living gateways route by everything that was told before this call, or when the wait for them has
     * been given up and counted; exceptionally if they could not be told.
     */
    default CompletableFuture<?> settled() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Done when each of the others has said that the retained messages published there before are in the store, and that
     * this gateway's part has left, and what it had sent has come to the threads here; or when the wait has been given up.
     */
    default CompletableFuture<?> answered() {
        return CompletableFuture.completedFuture(null);
    }

    /** Done when everything that the others had told this gateway before is known here, or after some seconds. */
    default CompletableFuture<?> caughtUp() {
        return CompletableFuture.completedFuture(null);
    }

    /** Whether this names a gateway that has gone, so that it says nothing any more. */
    default boolean isGone(String gateway) {
        return false;
    }

    /**
     * A connection at another gateway has lost its session and is to be closed.
     *
     * @param displaced the gateway, and whether the will of its connection waits for its word
     * @param by the attach that has displaced it; its epoch is one above its own if an operator has
     * @param kicked whether an operator has
     * @return whether it has said that nothing of that connection is to come any more, its will included; false if it has not
     *     in time, or is asked by an operator, who does not wait
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
     * Passes a message on to gateways with clean sessions that match; done, on the same thread, when their inboxes have
     * it, at QoS 0 at once.
     *
     * @param here the thread of the caller
     * @param gateways one at least
     */
    default CompletableFuture<?> forward(
            SessionThread here, String[] gateways, Message message, @Nullable String publisher) {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Tells a session's owner what the store has put at a position of its queue.
     *
     * @param dropped whether the queue limit took something else for it
     */
    default void hint(String owner, EnqueueTarget target, long seq, Message message, boolean dropped) {}

    /**
     * Passes a QoS 0 message on to the owner of a kept session; where that is not, one of a shared subscription goes to
     * another member.
     *
     * @param hops how many gateways have passed it on already
     */
    default void direct(String owner, EnqueueTarget target, Message message, int hops) {}

    /**
     * Passes a message on to one clean member that a shared subscription has at another gateway.
     *
     * @param hops how many gateways have passed it on already
     * @return whether its inbox has it
     */
    default CompletableFuture<Boolean> share(
            String gateway, String filter, Message message, @Nullable String publisher, int hops) {
        return CompletableFuture.completedFuture(false);
    }
}
