// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.Expiry;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.SeqRange;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore.SessionView;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decodes the answers of the scripts that make, read and end sessions. */
final class SessionReplies {
    private SessionReplies() {}

    /**
     * What an attach has done.
     *
     * @param leftNonce the nonce of the displaced attach, which leaves its gateway's list; empty if that gateway has to say first
     *     what becomes of the will
     * @param visit when the sweep has to come for a will, or 0
     */
    record AttachReply(Attached attached, byte[] leftNonce, long visit) {}

    /** Decodes the answer of an attach behind its status. */
    static AttachReply attached(String clientId, Reply reply) {
        SessionRef ref = new SessionRef(clientId, reply.number());
        long born = reply.number();
        boolean present = reply.number() == 1;
        String owner = reply.text();
        SessionRef former = new SessionRef(clientId, reply.number());
        byte[] leftNonce = reply.bytes();
        DisplacedConnection displaced = displaced(owner, former, leftNonce);
        long visit = reply.number();
        long firstSeq = reply.number();
        long nextSeq = reply.number();
        long sentMark = reply.number();
        List<SeqRange> leftOut = Arguments.ranges(reply.bytes());
        String end = reply.text();
        long predecessor = reply.number();
        int queued = (int) reply.number();
        long dropped = reply.number();
        String formerPrincipal = reply.text();
        DueWill will = dueWill(former, reply.bytes());
        boolean owesWills = reply.number() == 1;
        int inboundCount = (int) reply.number();
        List<Integer> inbound = new ArrayList<>(inboundCount);
        for (int i = 0; i < inboundCount; i++) {
            inbound.add((int) reply.number());
        }
        List<Subscription> subscriptions = SubscriptionOptions.decodeAll(reply);
        List<Subscription> discarded = SubscriptionOptions.decodeAll(reply);
        int identifiers = (int) reply.number();
        List<LogCursor> cursors = CursorCodec.decodeAll(reply);
        Erased erased = null;
        if (!end.isEmpty()) {
            Erased.End why = Reply.EXPIRED.equals(end) ? Erased.End.EXPIRED : Erased.End.DISCARDED;
            erased = new Erased(former, formerPrincipal, why, displaced, discarded, will);
        }
        Attached attached = new Attached(
                ref,
                present,
                born,
                displaced,
                subscriptions,
                firstSeq,
                nextSeq,
                sentMark,
                leftOut,
                inbound,
                erased,
                predecessor,
                queued,
                dropped,
                owesWills,
                identifiers,
                cursors);
        return new AttachReply(attached, leftNonce, visit);
    }

    /**
     * What a detach has done.
     *
     * @param visit when the sweep has to come
     * @param nonce the nonce of the attach that has ended
     * @param wasKept whether the session was persistent
     */
    record DetachReply(long visit, byte[] nonce, boolean wasKept, Detached detached) {}

    /** Decodes the answer of a detach. */
    static DetachReply detached(SessionRef ref, Reply reply) throws StaleSessionException {
        fence(ref, reply);
        long ended = reply.number();
        long visit = reply.number();
        byte[] nonce = reply.bytes();
        DueWill will = dueWill(ref, reply.bytes());
        Erased erased = null;
        if (ended > 0) {
            String principal = reply.text();
            List<Subscription> subscriptions = SubscriptionOptions.decodeAll(reply);
            erased = new Erased(ref, principal, Erased.End.LEFT, null, subscriptions, will);
        }
        return new DetachReply(visit, nonce, ended == Reply.ENDED_KEPT, new Detached(erased, will));
    }

    /**
     * What a destroy has done.
     *
     * @param leftNonce as in {@link AttachReply}
     * @param visit when the sweep has to come
     */
    record DestroyReply(Erased erased, byte[] leftNonce, long visit) {}

    /** Decodes the answer of a destroy behind its status. */
    static DestroyReply destroyed(String clientId, Reply reply) {
        SessionRef ref = new SessionRef(clientId, reply.number());
        String principal = reply.text();
        String owner = reply.text();
        byte[] leftNonce = reply.bytes();
        DisplacedConnection displaced = displaced(owner, ref, leftNonce);
        long visit = reply.number();
        DueWill will = dueWill(ref, reply.bytes());
        List<Subscription> subscriptions = SubscriptionOptions.decodeAll(reply);
        Erased erased = new Erased(ref, principal, Erased.End.DESTROYED, displaced, subscriptions, will);
        return new DestroyReply(erased, leftNonce, visit);
    }

    static Sweep.Claimed claimed(String clientId, Reply reply) {
        reply.status();
        long nextVisit = reply.number();
        boolean ended = reply.number() == 1;
        SessionRef ref = new SessionRef(clientId, reply.number());
        String principal = reply.text();
        boolean hasLeft = reply.number() == 1;
        List<Subscription> subscriptions = SubscriptionOptions.decodeAll(reply);
        DueWill last = null;
        List<DueWill> others = new ArrayList<>();
        while (reply.hasNext()) {
            SessionRef connection = new SessionRef(clientId, reply.number());
            DueWill will = new DueWill(connection, MessageCodec.decodeWill(reply.bytes()));
            if (ended && connection.equals(ref)) {
                last = will;
            } else {
                others.add(will);
            }
        }
        Erased erased = ended ? new Erased(ref, principal, Erased.End.EXPIRED, null, subscriptions, last) : null;
        return new Sweep.Claimed(clientId, nextVisit, principal, hasLeft, erased, others);
    }

    static @Nullable SessionView view(String clientId, Reply reply) {
        if (reply.status() == 0) {
            return null;
        }
        long epoch = reply.number();
        long born = reply.number();
        String principal = reply.text();
        String owner = reply.text();
        Duration expiry = Expiry.duration(reply.number());
        long bytes = reply.number();
        long dropped = reply.number();
        int queued = (int) reply.number();
        Instant endsAt = instant(reply.number());
        boolean hasWill = reply.number() == 1;
        Instant willDueAt = instant(reply.number());
        return new SessionView(
                clientId,
                principal,
                owner.isEmpty() ? null : owner,
                epoch,
                born,
                expiry,
                SubscriptionOptions.decodeAll(reply),
                queued,
                bytes,
                dropped,
                endsAt,
                hasWill,
                willDueAt,
                (int) reply.number(),
                CursorCodec.decodeAll(reply));
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    static @Nullable DueWill dueWill(SessionRef connection, byte[] will) {
        return will.length == 0 ? null : new DueWill(connection, MessageCodec.decodeWill(will));
    }

    static void fence(SessionRef ref, Reply reply) throws StaleSessionException {
        if (reply.status() == Reply.STALE) {
            throw new StaleSessionException(ref);
        }
    }

    private static @Nullable DisplacedConnection displaced(String owner, SessionRef connection, byte[] leftNonce) {
        return owner.isEmpty() ? null : new DisplacedConnection(owner, connection.epoch(), leftNonce.length == 0);
    }
}
