// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.flag;

import dev.holdfast.store.MessageId;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.WillsLeft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What connections and sessions leave when they end: wills, and messages for the other members of shared subscriptions. Any
 * thread.
 */
final class BequestCalls {
    private final SessionCalls calls;
    private final OwnedSessions owned;
    private final byte[] lease;

    /**
     * Calls on the sessions of a store.
     *
     * @param lease for how long what one gateway has been handed is not handed to others
     */
    BequestCalls(SessionCalls calls, OwnedSessions owned, Duration lease) {
        this.calls = calls;
        this.owned = owned;
        this.lease = ascii(lease.toMillis());
    }

    /** See {@link SessionStore#settleWill}. */
    CompletableFuture<@Nullable DueWill> settle(SessionRef displaced, boolean publish) {
        String clientId = displaced.clientId();
        return calls.<DueWill>whole(
                Script.SETTLE_WILL,
                clientId,
                reply -> {
                    reply.status();
                    byte[] nonce = reply.bytes();
                    if (nonce.length > 0) {
                        owned.leave(clientId, nonce);
                    }
                    return SessionReplies.dueWill(displaced, reply.bytes());
                },
                ascii(displaced.epoch()),
                Arguments.nonce(),
                flag(publish),
                lease);
    }

    /** See {@link SessionStore#willsLeft}. */
    CompletableFuture<WillsLeft> left(SessionRef ref) {
        String clientId = ref.clientId();
        return calls.whole(
                Script.WILLS_LEFT,
                clientId,
                reply -> {
                    reply.status();
                    boolean othersPublish = reply.number() == 1;
                    List<DueWill> due = new ArrayList<>();
                    while (reply.hasNext()) {
                        SessionRef connection = new SessionRef(clientId, reply.number());
                        due.add(new DueWill(connection, MessageCodec.decodeWill(reply.bytes())));
                    }
                    return new WillsLeft(due, othersPublish);
                },
                Arguments.nonce(),
                lease);
    }

    /** See {@link SessionStore#willPublished}. */
    CompletableFuture<Void> published(SessionRef published) {
        return calls.whole(
                Script.WILL_PUBLISHED, published.clientId(), BequestCalls::nothing, ascii(published.epoch()));
    }

    /** See {@link SessionStore#leftovers}. */
    CompletableFuture<Leftovers> leftovers(String clientId, int atMost) {
        return calls.whole(
                Script.LEFTOVERS,
                clientId,
                reply -> {
                    reply.status();
                    int all = (int) reply.number();
                    List<Leftovers.Leftover> messages = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        messages.add(MessageCodec.decodeLeftover(reply.bytes()));
                    }
                    return new Leftovers(clientId, messages, all);
                },
                ascii(atMost),
                lease);
    }

    /** See {@link SessionStore#leftoversGiven}. */
    CompletableFuture<Void> leftoversGiven(Leftovers given) {
        if (given.messages().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        MessageId first = given.messages().get(0).message().id();
        return calls.whole(
                Script.LEFTOVERS_GIVEN,
                given.clientId(),
                BequestCalls::nothing,
                ascii(given.messages().size()),
                MessageCodec.encode(first));
    }

    private static @Nullable Void nothing(Reply reply) {
        return null;
    }
}
