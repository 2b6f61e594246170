// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.session;

import static dev.holdfast.store.redis.script.Arguments.ascii;
import static dev.holdfast.store.redis.script.Arguments.utf8;

import dev.holdfast.store.Message;
import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.Arguments;
import dev.holdfast.store.redis.script.MessageCodec;
import dev.holdfast.store.redis.script.RedisKeys;
import dev.holdfast.store.redis.script.Reply;
import dev.holdfast.store.redis.script.Script;
import dev.holdfast.store.session.Assertion;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.QueuedMessage;
import dev.holdfast.store.session.SentMark;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * All sessions in Redis: they outlive every gateway. Safe for any number of threads and gateways. Each operation is one script
 * on the session's slot, sent through the lane of that slot.
 */
public final class RedisSessionStore implements SessionStore {
    /*
     * Time: expiry and will delay run on Redis' clock, which the scripts read, so that all gateways have the same time.
     *
     * The index: every session stands in one of its shards, with the time at which a sweep has to look at the session. The
     * index only reminds the sweep; the script on the session decides what is due. So an entry of the index may be too early,
     * or belong to no session, but it is never missing or too late: it is written beside the attach, and once more after a
     * detach; writing never puts a visit off; and every visit corrects it.
     */

    private final RedisConnection connection;
    private final SessionCalls calls;
    private final SessionIndex index;
    private final OwnedSessions owned;
    private final KeptSessions kept;
    private final AttachCalls attaches;
    private final DetachCalls detaches;
    private final BequestCalls bequests;
    private final Reaper reaper;
    private final OperatorCalls operator;
    private final byte[] dedupeWindow;
    private final byte[] willLease;

    /** A store on a connection that others may share; closing the store leaves it open. */
    public RedisSessionStore(RedisConnection connection) {
        this.connection = connection;
        calls = new SessionCalls(connection);
        index = new SessionIndex(connection);
        owned = new OwnedSessions(connection);
        kept = new KeptSessions(connection, this::view);
        attaches = new AttachCalls(connection, calls, index, owned, kept);
        detaches = new DetachCalls(connection, calls, index, owned, kept);
        bequests = new BequestCalls(calls, owned, connection.settings().wills().lease());
        reaper = new Reaper(owned, detaches);
        operator = new OperatorCalls(connection, calls, index, owned, kept);
        dedupeWindow = ascii(connection.settings().dedupeWindow().toMillis());
        willLease = ascii(connection.settings().wills().lease().toMillis());
    }

    @Override
    public CompletionStage<Attached> attach(AttachRequest request) {
        return attaches.attach(request);
    }

    @Override
    public CompletionStage<Boolean> reassert(SessionRef ref, Assertion assertion) {
        return attaches.reassert(ref, assertion);
    }

    @Override
    public boolean isBehind() {
        return connection.isBehind();
    }

    @Override
    public boolean isBehind(String clientId) {
        return connection.isBehind() && connection.isBehind(RedisKeys.slot(RedisKeys.tag(clientId)));
    }

    @Override
    public boolean isAway(String clientId) {
        return connection.isAway(RedisKeys.slot(RedisKeys.tag(clientId)));
    }

    @Override
    public void onDoubt(StoreDoubt listener) {
        connection.onDoubt(listener);
    }

    @Override
    public CompletionStage<Detached> detach(SessionRef ref, DetachRequest departure) {
        return detaches.detach(ref, departure);
    }

    @Override
    public CompletionStage<Void> handOver(SessionRef displaced, long sentMark, List<LogCursor> cursors) {
        return calls.whole(
                Script.HAND_OVER,
                displaced.clientId(),
                RedisSessionStore::nothing,
                CursorCodec.behind(cursors, ascii(displaced.epoch()), ascii(sentMark)));
    }

    @Override
    public CompletionStage<SentMark> sentMark(SessionRef ref) {
        return calls.fenced(
                Script.SENT_MARK, ref, reply -> new SentMark(reply.number(), reply.number() == 1), ascii(ref.epoch()));
    }

    @Override
    public CompletionStage<@Nullable DueWill> settleWill(SessionRef displaced, boolean publish) {
        return bequests.settle(displaced, publish);
    }

    @Override
    public CompletionStage<WillsLeft> willsLeft(SessionRef ref) {
        return bequests.left(ref);
    }

    @Override
    public CompletionStage<Void> willPublished(SessionRef published) {
        return bequests.published(published);
    }

    @Override
    public CompletionStage<List<Boolean>> subscribe(SessionRef ref, List<Subscription> subscriptions) {
        byte[][] values = new byte[1 + 2 * subscriptions.size()][];
        values[0] = ascii(ref.epoch());
        int next = 1;
        for (Subscription subscription : subscriptions) {
            values[next++] = utf8(subscription.filter());
            values[next++] = SubscriptionOptions.encode(subscription);
        }
        return calls.fenced(Script.SUBSCRIBE, ref, RedisSessionStore::truths, values);
    }

    @Override
    public CompletionStage<List<Boolean>> unsubscribe(SessionRef ref, List<String> filters) {
        byte[][] values = new byte[1 + filters.size()][];
        values[0] = ascii(ref.epoch());
        for (int i = 0; i < filters.size(); i++) {
            values[i + 1] = utf8(filters.get(i));
        }
        return calls.fenced(Script.UNSUBSCRIBE, ref, RedisSessionStore::truths, values);
    }

    @Override
    public CompletionStage<Boolean> keepCursors(SessionRef ref, List<LogCursor> cursors) {
        return calls.fenced(
                Script.KEEP_CURSORS,
                ref,
                reply -> reply.number() == 1,
                CursorCodec.behind(cursors, ascii(ref.epoch())));
    }

    @Override
    public CompletionStage<List<Enqueued>> enqueue(Message message, List<EnqueueTarget> targets, boolean mayRepeat) {
        Outcomes outcomes = new Outcomes(targets.size());
        for (int i = 0; i < targets.size(); i++) {
            EnqueueTarget target = targets.get(i);
            byte[] entry = MessageCodec.encode(message, target);
            calls.enqueue(target, entry, mayRepeat, outcomes.at(i));
        }
        return outcomes.all();
    }

    @Override
    public CompletionStage<List<QueuedMessage>> read(SessionRef ref, long fromSeq, int maxMessages, int maxBytes) {
        int most = Math.max(1, Math.min(maxMessages, MOST_MESSAGES_A_READ));
        return calls.queued(
                Script.READ,
                ref,
                reply -> {
                    List<QueuedMessage> messages = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        messages.add(MessageCodec.decodeQueued(reply.bytes()));
                    }
                    return messages;
                },
                ascii(ref.epoch()),
                ascii(fromSeq),
                ascii(most),
                ascii(maxBytes));
    }

    @Override
    public CompletionStage<Void> acknowledge(SessionRef ref, long upToSeq, long[] doneBeyond) {
        byte[][] values = new byte[3 + doneBeyond.length][];
        values[0] = ascii(ref.epoch());
        values[1] = dedupeWindow;
        values[2] = ascii(upToSeq);
        for (int i = 0; i < doneBeyond.length; i++) {
            values[i + 3] = ascii(doneBeyond[i]);
        }
        return calls.queued(Script.ACKNOWLEDGE, ref, RedisSessionStore::nothing, values);
    }

    @Override
    public CompletionStage<Void> release(SessionRef ref, long seq) {
        return calls.queuedItem(Script.RELEASE, ref, ascii(seq));
    }

    @Override
    public CompletionStage<Boolean> holdInbound(SessionRef ref, int packetId, Message message) {
        return calls.inboundItem(
                Script.HOLD, ref, reply -> reply.number() == 1, ascii(packetId), MessageCodec.encode(message));
    }

    @Override
    public CompletionStage<Boolean> dropOtherInbound(SessionRef ref, int packetId, Message message) {
        return calls.inbound(
                Script.DROP_OTHER,
                ref,
                reply -> reply.number() == 1,
                ascii(ref.epoch()),
                ascii(packetId),
                MessageCodec.encode(message));
    }

    @Override
    public CompletionStage<@Nullable Message> takeInbound(SessionRef ref, int packetId) {
        return calls.inbound(
                Script.TAKE,
                ref,
                reply -> {
                    byte[] held = reply.bytes();
                    return held.length == 0 ? null : MessageCodec.decode(held, 0);
                },
                ascii(ref.epoch()),
                ascii(packetId));
    }

    @Override
    public CompletionStage<Void> dropInbound(SessionRef ref, int packetId) {
        return calls.inboundItem(Script.DROP, ref, reply -> null, ascii(packetId));
    }

    @Override
    public CompletionStage<Due> sweep(int atMost) {
        owned.renew();
        return new Sweep(index, this::claim, atMost).run();
    }

    @Override
    public CompletionStage<Leftovers> leftovers(String clientId, int atMost) {
        return bequests.leftovers(clientId, atMost);
    }

    @Override
    public CompletionStage<Void> leftoversGiven(Leftovers given) {
        return bequests.leftoversGiven(given);
    }

    @Override
    public CompletionStage<RoutePage> routes(String cursor, int atMost) {
        return new RoutePages(connection, index).page(cursor, atMost);
    }

    @Override
    public CompletionStage<@Nullable SessionView> find(String clientId) {
        return view(clientId);
    }

    @Override
    public CompletionStage<@Nullable Erased> destroy(String clientId) {
        return detaches.destroy(clientId);
    }

    @Override
    public CompletionStage<NamePage> names(String prefix, String cursor, int about) {
        return operator.names(prefix, cursor, about);
    }

    @Override
    public CompletionStage<NamePage> heldBy(String gateway, String prefix, String cursor, int about) {
        return operator.heldBy(gateway, prefix, cursor, about);
    }

    @Override
    public CompletionStage<@Nullable List<QueuedMessage>> peek(
            String clientId, long fromSeq, int maxMessages, int maxBytes) {
        return operator.peek(clientId, fromSeq, maxMessages, maxBytes);
    }

    @Override
    public CompletionStage<QueuePage> queues(String cursor, int about) {
        return operator.queues(cursor, about);
    }

    @Override
    public CompletionStage<@Nullable Purged> purge(String clientId) {
        return operator.purge(clientId);
    }

    @Override
    public CompletionStage<@Nullable Prolonged> prolong(String clientId, Duration expiry) {
        return operator.prolong(clientId, expiry);
    }

    /** The connection is not the store's to close. */
    @Override
    public void close() {}

    /** Takes sessions offline that nobody else takes offline: their gateway is dead, or does not hold them. */
    public Reaper reaper() {
        return reaper;
    }

    private CompletableFuture<Sweep.Claimed> claim(String clientId) {
        CompletableFuture<Sweep.Claimed> claimed = calls.wholeIfServed(
                Script.CLAIM,
                clientId,
                reply -> SessionReplies.claimed(clientId, reply),
                Arguments.nonce(),
                ascii(connection.settings().visitInterval().toMillis()),
                willLease);
        return claimed.whenComplete((visit, failure) -> {
            if (visit != null && visit.erased() != null) {
                kept.ended(visit.erased());
            } else if (visit != null) {
                kept.visited(visit.principal(), visit.nextVisit() - connection.nowMillis());
            }
        });
    }

    private CompletableFuture<@Nullable SessionView> view(String clientId) {
        return calls.<SessionView>wholeIfServed(
                Script.INSPECT, clientId, reply -> SessionReplies.view(clientId, reply));
    }

    private static List<Boolean> truths(Reply reply) {
        List<Boolean> truths = new ArrayList<>(reply.remaining());
        while (reply.hasNext()) {
            truths.add(reply.number() == 1);
        }
        return truths;
    }

    private static @Nullable Void nothing(Reply reply) {
        return null;
    }
}
