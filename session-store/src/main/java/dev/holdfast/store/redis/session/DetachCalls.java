// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.flag;

import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How sessions go offline, by their gateway, after its death or for good by an operator: in step with the index and
 * with the gateway's own list. Any thread.
 */
final class DetachCalls {
    private final RedisConnection connection;
    private final SessionCalls calls;
    private final SessionIndex index;
    private final OwnedSessions owned;
    private final KeptSessions kept;
    private final Duration lease;
    private final byte[] willWord;
    private final byte[] willLease;

    DetachCalls(
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
        lease = connection.settings().wills().lease();
        willWord = ascii(connection.settings().wills().word().toMillis());
        willLease = ascii(lease.toMillis());
    }

    CompletableFuture<Detached> detach(SessionRef ref, DetachRequest departure) {
        String clientId = ref.clientId();
        if (departure.keepWill()) {
            // Beside it, so that the will is found though this gateway dies before it has the answer.
            index.visitAt(clientId, connection.nowMillis() + lease.toMillis());
        }
        CompletableFuture<SessionReplies.Left> left = calls.whole(
                Script.DETACH,
                clientId,
                reply -> SessionReplies.left(ref, reply),
                ascii(ref.epoch()),
                Arguments.nonce(),
                ascii(Expiry.millis(departure.expiry())),
                ascii(departure.sentMark()),
                flag(departure.keepWill()),
                willLease);
        return left.thenCompose(answer -> {
            CompletableFuture<?> scheduled = index.visitAt(clientId, answer.visit());
            // Leaving is told to the gateway's own list by whoever knows it; a failure costs one look of a reaper. Not
            // before
            // the visit is noted: if this gateway dies in between, a reaper notes it.
            scheduled.thenRun(() -> owned.leave(clientId, answer.nonce()));
            Erased erased = answer.detached().erased();
            if (erased != null && answer.wasKept()) {
                kept.ended(erased);
            }
            return scheduled.handle((nothing, failure) -> answer.detached());
        });
    }

    /**
     * Takes a dead gateway's session offline; completes with whether it still was that gateway's.
     *
     * @param each hears of it if it was, in the order in which operations on the session are answered
     */
    CompletableFuture<Boolean> orphan(OwnedSessions.Held held, String deadGateway, Consumer<Reaped> each) {
        return orphan(held, deadGateway, true, each);
    }

    /**
     * Takes a session offline that its gateway, which lives, does not have: that attach has ended, and the store has lost it.
     * Its will was dealt with then, unless it was to wait; completes with whether it still was that gateway's by that attach.
     *
     * @param each as in {@link #orphan}
     */
    CompletableFuture<Boolean> disclaim(OwnedSessions.Held held, String gateway, Consumer<Reaped> each) {
        return orphan(held, gateway, false, each);
    }

    private CompletableFuture<Boolean> orphan(
            OwnedSessions.Held held, String gateway, boolean isDead, Consumer<Reaped> each) {
        String clientId = held.clientId();
        CompletableFuture<long[]> orphaned = calls.whole(
                Script.ORPHAN,
                clientId,
                reply -> {
                    int status = reply.status();
                    long visit = reply.number();
                    if (status == 1) {
                        SessionRef connected = new SessionRef(clientId, reply.number());
                        String principal = reply.text();
                        long ended = reply.number();
                        each.accept(new Reaped(connected, principal, gateway, ended > 0, ended != Reply.ENDED_CLEAN));
                    }
                    return new long[] {status, visit};
                },
                Arguments.utf8(gateway),
                held.nonce(),
                Arguments.nonce(),
                flag(isDead));
        return orphaned.thenCompose(answer -> {
            CompletableFuture<?> scheduled =
                    answer[1] > 0 ? index.visitAt(clientId, answer[1]) : CompletableFuture.completedFuture(null);
            return scheduled.thenApply(nothing -> answer[0] == 1);
        });
    }

    CompletableFuture<@Nullable Erased> destroy(String clientId) {
        return calls.<Erased>whole(
                Script.DESTROY,
                clientId,
                reply -> {
                    if (reply.status() == 0) {
                        return null;
                    }
                    SessionReplies.Destroyed destroyed = SessionReplies.destroyed(clientId, reply);
                    DisplacedConnection displaced = destroyed.erased().displaced();
                    if (displaced != null) {
                        owned.displaced(displaced.gateway(), clientId, destroyed.leftNonce());
                    }
                    index.visitAt(clientId, destroyed.visit());
                    kept.ended(destroyed.erased());
                    return destroyed.erased();
                },
                Arguments.nonce(),
                willWord,
                willLease);
    }
}
