// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.flag;
import static dev.holdfast.store.redis.script.Arguments.utf8;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.Will;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.failure.Failure;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.NotOwnerException;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import dev.holdfast.store.session.TooManySessionsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes sessions online, by an attach or because their gateway re-asserts them, and keeps the index and the gateway's list of
 * sessions in step. Any thread.
 */
final class AttachCalls {
    private final RedisConnection connection;
    private final SessionCalls calls;
    private final SessionIndex index;
    private final OwnedSessions owned;
    private final KeptSessions kept;
    private final byte[] willWord;
    private final byte[] willLease;

    AttachCalls(
            RedisConnection connection,
            SessionCalls calls,
            SessionIndex index,
            OwnedSessions owned,
            KeptSessions kept) {
        this.connection = connection;
        this.calls = calls;
        this.index = index;
        this.owned = owned;
        this.kept = kept;
        willWord = ascii(connection.settings().wills().word().toMillis());
        willLease = ascii(connection.settings().wills().lease().toMillis());
    }

    CompletableFuture<Attached> attach(AttachRequest request) {
        boolean isBounded = request.maxSessions() > 0 && !request.expiry().isZero();
        CompletableFuture<@Nullable Attached> attached = attach(request, isBounded);
        return attached.thenCompose(answer -> {
            if (answer == null) {
                return attachCounted(request);
            }
            if (isBounded && !answer.sessionPresent()) {
                kept.made(request, answer.ref());
            }
            return CompletableFuture.completedFuture(answer);
        });
    }

    /** The attach would create another persistent session: reserves a place in the quota of the principal first. */
    private CompletableFuture<Attached> attachCounted(AttachRequest request) {
        return kept.begin(request).thenCompose(hasPlace -> {
            if (!hasPlace) {
                return CompletableFuture.failedFuture(new TooManySessionsException(request.clientId()));
            }
            CompletableFuture<@Nullable Attached> attached = attach(request, false);
            return attached.whenComplete((answer, failure) -> {
                if (answer == null) {
                    kept.notMade(request);
                } else {
                    kept.made(request, answer.ref());
                }
            });
        });
    }

    /** Completes with null if the attach would create a persistent session that has to be counted first; then nothing was changed. */
    private CompletableFuture<@Nullable Attached> attach(AttachRequest request, boolean isToBeCounted) {
        String clientId = request.clientId();
        byte[] nonce = Arguments.nonce();
        Will will = request.will();
        CompletableFuture<?> joined = owned.join(request.gateway(), clientId, nonce);
        CompletableFuture<?> indexed = index.visitLater(clientId, request.expiry());
        CompletableFuture<@Nullable Attached> attached = calls.whole(
                Script.ATTACH,
                clientId,
                reply -> attached(request, nonce, reply),
                nonce,
                utf8(request.principal()),
                utf8(request.gateway()),
                flag(request.cleanStart()),
                ascii(Expiry.millis(request.expiry())),
                will == null ? Arguments.NOTHING : MessageCodec.encode(will),
                Arguments.limits(request.limits()),
                willWord,
                willLease,
                flag(isToBeCounted),
                ascii(connection.askedMillis()));
        return attached.thenCombine(joined, (answer, nothing) -> answer)
                .thenCombine(indexed, (answer, nothing) -> answer)
                .whenComplete((answer, failure) -> {
                    Throwable cause = failure == null ? null : Failure.unwrapped(failure);
                    boolean isDone = cause instanceof NotOwnerException || cause instanceof StaleSessionException;
                    if (cause != null && !isDone) {
                        abandon(clientId, nonce);
                    }
                });
    }

    /** Tells Redis, which may have lost it, what the owner knows of a session; false if the session cannot be restored. */
    CompletableFuture<Boolean> reassert(SessionRef ref, Assertion assertion) {
        AttachRequest attach = assertion.attach();
        String clientId = ref.clientId();
        Will will = attach.will();
        List<byte[]> values = new ArrayList<>(List.of(
                ascii(ref.epoch()),
                Arguments.nonce(),
                utf8(attach.principal()),
                utf8(attach.gateway()),
                flag(assertion.kept()),
                flag(assertion.began()),
                ascii(assertion.born()),
                flag(assertion.fenced()),
                ascii(Expiry.millis(attach.expiry())),
                will == null ? Arguments.NOTHING : MessageCodec.encode(will),
                Arguments.limits(attach.limits()),
                ascii(assertion.highestSeq()),
                Arguments.ranges(assertion.unseen()),
                flag(assertion.identifiers() < QueuedMessage.IDENTIFIERS),
                ascii(assertion.inboundPacketIds().size()),
                ascii(assertion.cursors().size())));
        assertion.inboundPacketIds().forEach(id -> values.add(ascii(id)));
        assertion.cursors().forEach(name -> values.add(CursorCodec.name(name)));
        for (Subscription subscription : assertion.subscriptions()) {
            values.add(utf8(subscription.filter()));
            values.add(SubscriptionOptions.encode(subscription));
        }
        // This call goes before all calls that wait for the session. Those are older than what the owner knows by now,
        // and do no harm after it.
        CompletableFuture<byte[]> reasserted = calls.wholeFirst(
                Script.REASSERT,
                clientId,
                reply -> {
                    boolean isLost = reply.peekStatus() == 0;
                    SessionReplies.fence(ref, reply);
                    return isLost ? Arguments.NOTHING : reply.bytes();
                },
                values.toArray(new byte[0][]));
        return reasserted.thenCompose(nonce -> {
            if (nonce.length == 0) {
                return CompletableFuture.completedFuture(false);
            }
            return owned.join(attach.gateway(), clientId, nonce)
                    .thenCombine(index.visitLater(clientId, attach.expiry()), (joined, indexed) -> true);
        });
    }

    private @Nullable Attached attached(AttachRequest request, byte[] nonce, Reply reply)
            throws NotOwnerException, StaleSessionException {
        String clientId = request.clientId();
        int status = reply.status();
        if (status == Reply.NOT_OWNER || status == Reply.NOT_COUNTED || status == Reply.OVERTAKEN) {
            owned.leave(request.gateway(), clientId, nonce);
            if (status == Reply.OVERTAKEN) {
                throw new StaleSessionException(new SessionRef(clientId, 0));
            }
            if (status == Reply.NOT_OWNER) {
                throw new NotOwnerException(clientId);
            }
            return null;
        }
        SessionReplies.AttachReply arrived = SessionReplies.attached(clientId, reply);
        DisplacedConnection displaced = arrived.attached().displaced();
        if (displaced != null) {
            owned.displaced(displaced.gateway(), clientId, arrived.leftNonce());
        }
        if (arrived.visit() > 0) {
            index.visitAt(clientId, arrived.visit());
        }
        Erased discarded = arrived.attached().discarded();
        boolean isReplaced = !request.expiry().isZero()
                && discarded != null
                && discarded.principal().equals(request.principal());
        if (discarded != null && !isReplaced) {
            kept.ended(discarded);
        }
        return arrived.attached();
    }

    /** Takes a session offline after an attach whose answer nobody waits for; Redis may have executed the attach. */
    private void abandon(String clientId, byte[] nonce) {
        calls.whole(Script.ABANDON, clientId, reply -> reply.status() == 1 ? reply.number() : 0L, nonce)
                .thenAccept(due -> {
                    if (due > 0) {
                        index.visitAt(clientId, due);
                    }
                    owned.leave(clientId, nonce);
                });
    }
}
