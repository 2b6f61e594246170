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
 * Takes sessions offline (by their gateway, or after its death) and ends them (by an operator), and keeps the index and the
 * gateway's list of sessions in step. Any thread.
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
            // The visit is noted beside the detach: if this gateway dies before the answer, the sweep finds the will.
            index.visitAt(clientId, connection.nowMillis() + lease.toMillis());
        }
        CompletableFuture<SessionReplies.DetachReply> left = calls.whole(
                Script.DETACH,
                clientId,
                reply -> SessionReplies.detached(ref, reply),
                ascii(ref.epoch()),
                Arguments.nonce(),
                ascii(Expiry.millis(departure.expiry())),
                ascii(departure.sentMark()),
                flag(departure.keepWill()),
                willLease);
        return left.thenCompose(answer -> {
            CompletableFuture<?> scheduled = index.visitAt(clientId, answer.visit());
            // The attach leaves the gateway's list only after the visit is noted: if this gateway dies in between, a
            // reaper notes the visit. If leaving fails, a reaper looks at the session once for nothing.
            scheduled.thenRun(() -> owned.leave(clientId, answer.nonce()));
            Erased erased = answer.detached().erased();
            if (erased != null && answer.wasKept()) {
                kept.ended(erased);
            }
            return scheduled.handle((nothing, failure) -> answer.detached());
        });
    }

    /**
     * Takes a session of a dead gateway offline; completes with whether that gateway still owned it.
     *
     * @param each hears of the session if it did, in the order in which operations on the session are answered
     */
    CompletableFuture<Boolean> orphan(OwnedSessions.Held held, String deadGateway, Consumer<Reaped> each) {
        return orphan(held, deadGateway, true, each);
    }

    /**
     * Takes a session offline that its living gateway does not hold: the attach has ended, and the store has lost the end. The
     * gateway settled the will at that end, unless the will has a delay. Completes with whether that attach still owned the
     * session.
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
                    SessionReplies.DestroyReply destroyed = SessionReplies.destroyed(clientId, reply);
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
