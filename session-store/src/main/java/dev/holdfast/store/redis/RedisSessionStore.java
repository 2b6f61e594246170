// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.Assertion;
import dev.holdfast.store.AttachRequest;
import dev.holdfast.store.Attached;
import dev.holdfast.store.Departure;
import dev.holdfast.store.Detached;
import dev.holdfast.store.Displaced;
import dev.holdfast.store.DueWill;
import dev.holdfast.store.Enqueued;
import dev.holdfast.store.Erased;
import dev.holdfast.store.Message;
import dev.holdfast.store.NotOwnerException;
import dev.holdfast.store.QueueLimits;
import dev.holdfast.store.QueuedMessage;
import dev.holdfast.store.Reaped;
import dev.holdfast.store.SessionRef;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.StoreDoubt;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import dev.holdfast.store.Will;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All sessions in Redis: whoever dies, they stay. Safe for any number of threads and gateways; each operation is one
 * script on the session's slot, sent through the session's lane.
 */
public final class RedisSessionStore implements SessionStore {
    /*
     * Time: expiry and will delay run on Redis' clock, read inside the scripts, the same for all gateways.
     *
     * The index: every session stands in a shard of it, with the time at which a sweep is to look at the session. It
     * is only a reminder. What is due is decided by the session's own script, so an entry may be too early or may
     * belong to no session at all, but it is never missing or too late: it is written beside the attach, again after
     * a detach, never to a later time, and put right by every visit.
     */
    private static final int MOST_MESSAGES_A_READ = 1_024;
    private static final byte[] NOTHING = {};
    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    private final RedisConnection connection;
    private final RedisKeys names;
    private final SessionIndex index;
    private final OwnedSessions owned;
    private final byte[] dedupeWindow;
    private final byte[] willWord;
    private final byte[] willLease;

    /** A store on a connection that others may share; closing the store leaves it open. */
    public RedisSessionStore(RedisConnection connection) {
        this.connection = connection;
        names = connection.keys();
        index = new SessionIndex(connection);
        owned = new OwnedSessions(connection);
        dedupeWindow = ascii(connection.settings().dedupeWindow().toMillis());
        willWord = ascii(connection.settings().wills().word().toMillis());
        willLease = ascii(connection.settings().wills().lease().toMillis());
    }

    @Override
    public CompletionStage<Attached> attach(AttachRequest request) {
        String clientId = request.clientId();
        String tag = RedisKeys.tag(clientId);
        byte[] nonce = nonce();
        Will will = request.will();
        CompletableFuture<?> joined = owned.join(request.gateway(), clientId, nonce);
        CompletableFuture<?> indexed = index.visitLater(clientId, request.expiry());
        CompletableFuture<Attached> attached = connection.call(new ScriptCall<>(
                Script.ATTACH,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> attached(request, nonce, reply),
                nonce,
                utf8(request.principal()),
                utf8(request.gateway()),
                request.cleanStart() ? YES : NO,
                ascii(Expiry.millis(request.expiry())),
                will == null ? NOTHING : Entries.encode(will),
                limits(request.limits()),
                willWord,
                willLease));
        return attached.thenCombine(joined, (answer, nothing) -> answer)
                .thenCombine(indexed, (answer, nothing) -> answer)
                .whenComplete((answer, failure) -> {
                    if (failure != null && !(Failure.unwrapped(failure) instanceof NotOwnerException)) {
                        abandon(clientId, nonce);
                    }
                });
    }

    /** Nobody waits for the answer of an attach any more, and it may have been done: the session goes offline. */
    private void abandon(String clientId, byte[] nonce) {
        String tag = RedisKeys.tag(clientId);
        connection
                .call(new ScriptCall<>(
                        Script.ABANDON,
                        RedisKeys.slot(tag),
                        sessionKeys(tag),
                        reply -> reply.status() == 1 ? reply.number() : 0L,
                        nonce))
                .thenAccept(due -> {
                    if (due > 0) {
                        index.visitAt(clientId, due);
                    }
                    owned.leave(clientId, nonce);
                });
    }

    @Override
    public CompletionStage<Boolean> reassert(SessionRef ref, Assertion assertion) {
        AttachRequest attach = assertion.attach();
        String clientId = ref.clientId();
        String tag = RedisKeys.tag(clientId);
        Will will = attach.will();
        List<byte[]> values = new ArrayList<>(List.of(
                ascii(ref.epoch()),
                nonce(),
                utf8(attach.principal()),
                utf8(attach.gateway()),
                assertion.kept() ? YES : NO,
                assertion.began() ? YES : NO,
                assertion.fenced() ? YES : NO,
                ascii(Expiry.millis(attach.expiry())),
                will == null ? NOTHING : Entries.encode(will),
                limits(attach.limits()),
                ascii(assertion.inboundPacketIds().size())));
        assertion.inboundPacketIds().forEach(id -> values.add(ascii(id)));
        for (Subscription subscription : assertion.subscriptions()) {
            values.add(utf8(subscription.filter()));
            values.add(SubscriptionOptions.encode(subscription));
        }
        ScriptCall<byte[]> call = new ScriptCall<>(
                Script.REASSERT,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> {
                    boolean isLost = reply.peekStatus() == 0;
                    SessionReplies.fence(ref, reply);
                    return isLost ? NOTHING : reply.bytes();
                },
                values.toArray(new byte[0][]));
        // What was called for this session before is behind what its owner knows by now, and does no harm after it.
        call.first = true;
        return connection.call(call).thenCompose(nonce -> {
            if (nonce.length == 0) {
                return CompletableFuture.completedFuture(false);
            }
            return owned.join(attach.gateway(), clientId, nonce)
                    .thenCombine(index.visitLater(clientId, attach.expiry()), (joined, indexed) -> true);
        });
    }

    @Override
    public boolean isBehind() {
        return connection.isBehind();
    }

    @Override
    public void onDoubt(StoreDoubt listener) {
        connection.onDoubt(listener);
    }

    @Override
    public CompletionStage<Detached> detach(SessionRef ref, Departure departure) {
        String clientId = ref.clientId();
        String tag = RedisKeys.tag(clientId);
        if (departure.keepWill()) {
            // Beside it, so that the will is found though this gateway dies before it has the answer.
            Duration lease = connection.settings().wills().lease();
            index.visitAt(clientId, connection.nowMillis() + lease.toMillis());
        }
        CompletableFuture<SessionReplies.Left> left = connection.call(new ScriptCall<>(
                Script.DETACH,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> SessionReplies.left(ref, reply),
                ascii(ref.epoch()),
                nonce(),
                ascii(Expiry.millis(departure.expiry())),
                ascii(departure.sentMark()),
                departure.keepWill() ? YES : NO,
                willLease));
        return left.thenCompose(answer -> {
            CompletableFuture<?> scheduled = index.visitAt(clientId, answer.visit());
            // Leaving is told to the gateway's own list by whoever knows it; a failure costs one look of a reaper.
            owned.leave(clientId, answer.nonce());
            return scheduled.handle((nothing, failure) -> answer.detached());
        });
    }

    @Override
    public CompletionStage<@Nullable DueWill> settleWill(SessionRef displaced, boolean publish) {
        String clientId = displaced.clientId();
        String tag = RedisKeys.tag(clientId);
        return connection.call(new ScriptCall<DueWill>(
                Script.SETTLE_WILL,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> {
                    reply.status();
                    byte[] nonce = reply.bytes();
                    if (nonce.length > 0) {
                        owned.leave(clientId, nonce);
                    }
                    return SessionReplies.dueWill(displaced, reply.bytes());
                },
                ascii(displaced.epoch()),
                nonce(),
                publish ? YES : NO,
                willLease));
    }

    @Override
    public CompletionStage<Void> willPublished(SessionRef published) {
        String tag = RedisKeys.tag(published.clientId());
        return connection.call(new ScriptCall<Void>(
                Script.WILL_PUBLISHED,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                RedisSessionStore::nothing,
                ascii(published.epoch())));
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
        return fenced(Script.SUBSCRIBE, ref, RedisSessionStore::truths, values);
    }

    @Override
    public CompletionStage<List<Boolean>> unsubscribe(SessionRef ref, List<String> filters) {
        byte[][] values = new byte[1 + filters.size()][];
        values[0] = ascii(ref.epoch());
        for (int i = 0; i < filters.size(); i++) {
            values[i + 1] = utf8(filters.get(i));
        }
        return fenced(Script.UNSUBSCRIBE, ref, RedisSessionStore::truths, values);
    }

    @Override
    public CompletionStage<List<Enqueued>> enqueue(Message message, List<Target> targets, boolean mayRepeat) {
        Outcomes outcomes = new Outcomes(targets.size());
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            String tag = RedisKeys.tag(target.clientId());
            byte[] entry = Entries.encode(message, target.qos(), target.retain(), target.subscriptionIdentifiers());
            connection.submit(new EnqueueCall(
                    RedisKeys.slot(tag),
                    List.of(names.session(tag), names.queue(tag), names.seen(tag)),
                    entry,
                    mayRepeat,
                    outcomes.at(i)));
        }
        return outcomes.all();
    }

    @Override
    public CompletionStage<List<QueuedMessage>> read(SessionRef ref, long fromSeq, int maxMessages, int maxBytes) {
        int most = Math.max(1, Math.min(maxMessages, MOST_MESSAGES_A_READ));
        return queued(
                Script.READ,
                ref,
                reply -> {
                    List<QueuedMessage> messages = new ArrayList<>(reply.remaining());
                    while (reply.hasNext()) {
                        messages.add(Entries.decodeQueued(reply.bytes()));
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
        return queued(Script.ACKNOWLEDGE, ref, RedisSessionStore::nothing, values);
    }

    @Override
    public CompletionStage<Void> release(SessionRef ref, long seq) {
        return queued(Script.RELEASE, ref, RedisSessionStore::nothing, ascii(ref.epoch()), ascii(seq));
    }

    @Override
    public CompletionStage<Boolean> holdInbound(SessionRef ref, int packetId, Message message) {
        return inbound(
                Script.HOLD,
                ref,
                reply -> reply.number() == 1,
                ascii(ref.epoch()),
                ascii(packetId),
                Entries.encode(message));
    }

    @Override
    public CompletionStage<@Nullable Message> takeInbound(SessionRef ref, int packetId) {
        return inbound(
                Script.TAKE,
                ref,
                reply -> {
                    byte[] held = reply.bytes();
                    return held.length == 0 ? null : Entries.decode(held, 0);
                },
                ascii(ref.epoch()),
                ascii(packetId));
    }

    @Override
    public CompletionStage<Void> dropInbound(SessionRef ref, int packetId) {
        return inbound(Script.DROP, ref, RedisSessionStore::nothing, ascii(ref.epoch()), ascii(packetId));
    }

    @Override
    public CompletionStage<Void> changeExpiry(SessionRef ref, Duration expiry) {
        return fenced(
                Script.CHANGE_EXPIRY,
                ref,
                RedisSessionStore::nothing,
                ascii(ref.epoch()),
                ascii(Expiry.millis(expiry)));
    }

    @Override
    public CompletionStage<Due> sweep(int atMost) {
        owned.renew();
        return new Sweep(index, this::claim, atMost).run();
    }

    @Override
    public CompletionStage<RoutePage> routes(String cursor, int atMost) {
        return index.page(cursor, atMost).thenCompose(page -> {
            List<CompletableFuture<@Nullable SessionView>> views = new ArrayList<>();
            for (String clientId : page.clientIds()) {
                views.add(view(clientId));
            }
            return CompletableFuture.allOf(views.toArray(new CompletableFuture<?>[0]))
                    .thenApply(nothing -> {
                        List<Routed> routed = new ArrayList<>();
                        for (CompletableFuture<@Nullable SessionView> answer : views) {
                            SessionView view = answer.join();
                            if (view != null
                                    && !view.subscriptions().isEmpty()
                                    && !view.expiry().isZero()) {
                                routed.add(new Routed(view.clientId(), view.subscriptions()));
                            }
                        }
                        return new RoutePage(routed, page.nextCursor());
                    });
        });
    }

    @Override
    public CompletionStage<@Nullable SessionView> find(String clientId) {
        return view(clientId);
    }

    @Override
    public CompletionStage<@Nullable Erased> destroy(String clientId) {
        String tag = RedisKeys.tag(clientId);
        return connection.call(new ScriptCall<Erased>(
                Script.DESTROY,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> {
                    if (reply.status() == 0) {
                        return null;
                    }
                    SessionReplies.Destroyed destroyed = SessionReplies.destroyed(clientId, reply);
                    Displaced displaced = destroyed.erased().displaced();
                    if (displaced != null) {
                        leave(displaced.gateway(), clientId, destroyed.leftNonce());
                    }
                    index.visitAt(clientId, destroyed.visit());
                    return destroyed.erased();
                },
                nonce(),
                willWord,
                willLease));
    }

    /** The connection is not the store's to close. */
    @Override
    public void close() {}

    /**
     * Takes a dead gateway's session offline; completes with whether it still was that gateway's.
     *
     * @param each hears of it if it was, in the order in which operations on the session are answered
     */
    CompletableFuture<Boolean> orphan(OwnedSessions.Held held, String deadGateway, Consumer<Reaped> each) {
        String clientId = held.clientId();
        String tag = RedisKeys.tag(clientId);
        return connection
                .call(new ScriptCall<long[]>(
                        Script.ORPHAN,
                        RedisKeys.slot(tag),
                        sessionKeys(tag),
                        reply -> {
                            int status = reply.status();
                            long visit = reply.number();
                            if (status == 1) {
                                SessionRef connected = new SessionRef(clientId, reply.number());
                                String principal = reply.text();
                                each.accept(new Reaped(connected, principal, deadGateway, reply.number() == 1));
                            }
                            return new long[] {status, visit};
                        },
                        utf8(deadGateway),
                        held.nonce(),
                        nonce()))
                .thenCompose(answer -> {
                    CompletableFuture<?> scheduled = answer[1] > 0
                            ? index.visitAt(clientId, answer[1])
                            : CompletableFuture.completedFuture(null);
                    return scheduled.thenApply(nothing -> answer[0] == 1);
                });
    }

    OwnedSessions owned() {
        return owned;
    }

    private CompletableFuture<Sweep.Claimed> claim(String clientId) {
        String tag = RedisKeys.tag(clientId);
        return connection.call(new ScriptCall<>(
                Script.CLAIM,
                RedisKeys.slot(tag),
                sessionKeys(tag),
                reply -> SessionReplies.claimed(clientId, reply),
                nonce(),
                ascii(connection.settings().visitInterval().toMillis()),
                willLease));
    }

    private CompletableFuture<@Nullable SessionView> view(String clientId) {
        String tag = RedisKeys.tag(clientId);
        return connection.call(new ScriptCall<SessionView>(
                Script.INSPECT, RedisKeys.slot(tag), sessionKeys(tag), reply -> SessionReplies.view(clientId, reply)));
    }

    private Attached attached(AttachRequest request, byte[] nonce, Reply reply) throws NotOwnerException {
        String clientId = request.clientId();
        if (reply.status() == Reply.NOT_OWNER) {
            owned.leave(request.gateway(), clientId, nonce);
            throw new NotOwnerException(clientId);
        }
        SessionReplies.Arrived arrived = SessionReplies.arrived(clientId, reply);
        Displaced displaced = arrived.attached().displaced();
        if (displaced != null) {
            leave(displaced.gateway(), clientId, arrived.leftNonce());
        }
        if (arrived.visit() > 0) {
            index.visitAt(clientId, arrived.visit());
        }
        return arrived.attached();
    }

    /** A displaced attach is off its gateway's list, unless its will waits for that gateway's word. */
    private void leave(String gateway, String clientId, byte[] nonce) {
        if (nonce.length > 0) {
            owned.leave(gateway, clientId, nonce);
        }
    }

    private <T> CompletionStage<T> fenced(
            Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, sessionKeys(tag), decoder, values);
    }

    private <T> CompletionStage<T> queued(
            Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(
                script, ref, tag, List.of(names.session(tag), names.queue(tag), names.seen(tag)), decoder, values);
    }

    private <T> CompletionStage<T> inbound(
            Script script, SessionRef ref, ScriptCall.Decoder<T> decoder, byte[]... values) {
        String tag = RedisKeys.tag(ref.clientId());
        return fenced(script, ref, tag, List.of(names.session(tag), names.inbound(tag)), decoder, values);
    }

    private <T> CompletionStage<T> fenced(
            Script script,
            SessionRef ref,
            String tag,
            List<Object> keys,
            ScriptCall.Decoder<T> decoder,
            byte[]... values) {
        return connection.call(new ScriptCall<>(
                script,
                RedisKeys.slot(tag),
                keys,
                reply -> {
                    SessionReplies.fence(ref, reply);
                    return decoder.decode(reply);
                },
                values));
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

    private List<Object> sessionKeys(String tag) {
        return List.of(
                names.session(tag),
                names.queue(tag),
                names.inbound(tag),
                names.seen(tag),
                names.will(tag),
                names.replay(tag),
                names.due(tag));
    }

    private static byte[] limits(QueueLimits limits) {
        return ByteBuffer.allocate(17)
                .putInt(limits.maxMessages())
                .putLong(Math.min(limits.maxBytes(), 1L << 52))
                .put((byte) (limits.whenFull() == QueueLimits.DropPolicy.DROP_NEWEST ? 1 : 0))
                .putInt(limits.inflight())
                .array();
    }

    private static byte[] nonce() {
        return ByteBuffer.allocate(8)
                .putLong(ThreadLocalRandom.current().nextLong())
                .array();
    }

    private static byte[] ascii(long number) {
        return RedisClock.bytes(number);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
