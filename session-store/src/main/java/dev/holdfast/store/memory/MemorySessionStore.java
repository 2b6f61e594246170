// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
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
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All sessions inside this process. Safe for any number of threads; every stage is complete when its method returns,
 * and whatever hangs on it runs on the caller's thread.
 *
 * <p>Sessions do not outlive the process: the gateway that dies takes them along, so there is no owner here whose
 * gateway is gone, and no reaping.
 */
public final class MemorySessionStore implements SessionStore {
    /*
     * Concurrency:
     *
     * A session's record is its own monitor. It is held for the map look-ups and array writes of one operation: some
     * hundred nanoseconds, never for I/O, never while another monitor is held, never while code of a caller runs. An
     * I/O thread that meets another one there has met it at the very same session; there is no monitor that two
     * sessions share. The map and the schedules are lock-free to read and hold no monitor of ours.
     *
     * A record leaves the map under its monitor, marked as erased; an attach that waited for it starts over.
     *
     * Fencing:
     *
     * Epochs come from one counter for all sessions, so that they also grow when a session is erased and its client
     * identifier comes back.
     *
     * Exactly once:
     *
     * The ends of offline sessions, and their wills, stand in Endings. Who takes one out owns it: the sweep, or the
     * attach, detach or destroy that comes before.
     */

    private final ConcurrentHashMap<String, MemorySession> sessions = new ConcurrentHashMap<>();
    private final RouteIndex routes = new RouteIndex();
    private final Endings endings;
    private final DueWills due;
    private final Ownership ownership;
    private final InstantSource clock;
    private final HeldMemory memory;
    private volatile boolean closed;

    /** Makes an empty store that takes the time of expiries and delays from the given clock. */
    public MemorySessionStore(InstantSource clock) {
        this(clock, HeldMemory.UNCOUNTED);
    }

    /**
     * The same, and charges what it keeps. Where memory is short a queue becomes no longer than
     * {@link HeldMemory#mostOfOne} says, by its own policy; nothing else is refused here.
     */
    public MemorySessionStore(InstantSource clock, HeldMemory memory) {
        this.clock = clock;
        this.memory = memory;
        endings = new Endings(memory);
        due = endings.due();
        ownership = new Ownership(sessions, routes, endings, memory);
    }

    @Override
    public CompletionStage<Attached> attach(AttachRequest request) {
        if (closed) {
            return refused();
        }
        while (true) {
            MemorySession session =
                    sessions.computeIfAbsent(request.clientId(), clientId -> new MemorySession(request, memory));
            synchronized (session) {
                if (!session.erased) {
                    return ownership.attach(session, request, clock.millis());
                }
            }
        }
    }

    @Override
    public CompletionStage<Detached> detach(SessionRef ref, DetachRequest departure) {
        return fenced(ref, session -> ownership.detach(session, departure, clock.millis()));
    }

    @Override
    public CompletionStage<Void> handOver(SessionRef displaced, long sentMark, List<LogCursor> cursors) {
        return unfenced(displaced.clientId(), session -> {
            if (session.displacedEpoch == displaced.epoch()) {
                if (session.queue != null) {
                    session.queue.handedOver(sentMark);
                }
                session.handedOver(cursors);
            }
            return null;
        });
    }

    @Override
    public CompletionStage<SentMark> sentMark(SessionRef ref) {
        return fenced(
                ref,
                session -> session.queue == null
                        ? new SentMark(0, true)
                        : new SentMark(session.queue.sentMark(), session.queue.isMarkSure()));
    }

    @Override
    public CompletionStage<@Nullable DueWill> settleWill(SessionRef displaced, boolean publish) {
        return closed ? refused() : completedFuture(due.settle(displaced, publish, clock.millis()));
    }

    @Override
    public CompletionStage<WillsLeft> willsLeft(SessionRef ref) {
        return closed ? refused() : completedFuture(due.left(ref.clientId(), clock.millis()));
    }

    @Override
    public CompletionStage<Void> willPublished(SessionRef connection) {
        if (closed) {
            return refused();
        }
        due.published(connection);
        return completedFuture(null);
    }

    @Override
    public CompletionStage<List<Boolean>> subscribe(SessionRef ref, List<Subscription> subscriptions) {
        return fenced(ref, session -> {
            List<Boolean> isNew = session.subscribe(subscriptions);
            routes.update(session);
            return isNew;
        });
    }

    @Override
    public CompletionStage<List<Boolean>> unsubscribe(SessionRef ref, List<String> filters) {
        return fenced(ref, session -> {
            List<Boolean> existed = session.unsubscribe(filters);
            routes.update(session);
            return existed;
        });
    }

    @Override
    public CompletionStage<Boolean> keepCursors(SessionRef ref, List<LogCursor> cursors) {
        return fenced(ref, session -> session.keepCursors(cursors));
    }

    @Override
    public CompletionStage<List<Enqueued>> enqueue(Message message, List<EnqueueTarget> targets, boolean mayRepeat) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        Enqueued[] answers = new Enqueued[targets.size()];
        // For all of them at once: one step on a counter that other threads may be at, too.
        message.hold(memory, HeldMemory.Kind.QUEUES, answers.length);
        int notKept = 0;
        for (int i = 0; i < answers.length; i++) {
            answers[i] = enqueue(message, targets.get(i), mayRepeat, now);
            notKept += answers[i].result() == Enqueued.Result.STORED ? 0 : 1;
        }
        message.letGo(memory, notKept);
        return completedFuture(Arrays.asList(answers));
    }

    @Override
    public CompletionStage<List<QueuedMessage>> read(SessionRef ref, long fromSeq, int maxMessages, int maxBytes) {
        int most = Math.max(1, Math.min(maxMessages, MOST_MESSAGES_A_READ));
        return fenced(ref, session -> session.queue == null ? List.of() : session.queue.read(fromSeq, most, maxBytes));
    }

    @Override
    public CompletionStage<Void> acknowledge(SessionRef ref, long upToSeq, long[] doneBeyond) {
        return changed(ref, session -> {
            if (session.queue != null) {
                session.queue.acknowledge(upToSeq, doneBeyond);
            }
        });
    }

    @Override
    public CompletionStage<Void> release(SessionRef ref, long seq) {
        return changed(ref, session -> {
            if (session.queue != null) {
                session.queue.release(seq);
            }
        });
    }

    @Override
    public CompletionStage<Boolean> holdInbound(SessionRef ref, int packetId, Message message) {
        return fenced(ref, session -> session.inbound().hold(packetId, message));
    }

    @Override
    public CompletionStage<Boolean> dropOtherInbound(SessionRef ref, int packetId, Message message) {
        return fenced(ref, session -> {
            Message held = session.inbound == null ? null : session.inbound.get(packetId);
            boolean isRepeat = held != null && held.hasContentOf(message);
            if (!isRepeat) {
                session.dropInbound(packetId);
            }
            return isRepeat;
        });
    }

    @Override
    public CompletionStage<@Nullable Message> takeInbound(SessionRef ref, int packetId) {
        return fenced(ref, session -> session.inbound == null ? null : session.inbound.get(packetId));
    }

    @Override
    public CompletionStage<Void> dropInbound(SessionRef ref, int packetId) {
        return changed(ref, session -> session.dropInbound(packetId));
    }

    @Override
    public CompletionStage<Due> sweep(int atMost) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        List<Erased> expired = new ArrayList<>();
        Scheduled<MemorySession> end;
        while (expired.size() < atMost && (end = endings.claim(now)) != null) {
            MemorySession session = end.what();
            synchronized (session) {
                // An attach that came between has taken the end off the session.
                if (!session.erased && end.equals(session.end)) {
                    expired.add(ownership.expire(session, now));
                }
            }
        }
        List<DueWill> wills = new ArrayList<>();
        endings.claimWills(now, atMost, wills);
        return completedFuture(new Due(expired, wills, ownership.haveLeft()));
    }

    /** Whoever takes them has them: nobody else would look while this process lives. */
    @Override
    public CompletionStage<Leftovers> leftovers(String clientId, int atMost) {
        List<Leftovers.Leftover> left = ownership.takeLeftovers(clientId);
        return completedFuture(new Leftovers(clientId, left, left.size()));
    }

    @Override
    public CompletionStage<Void> leftoversGiven(Leftovers given) {
        return completedFuture(null);
    }

    @Override
    public CompletionStage<RoutePage> routes(String cursor, int atMost) {
        if (closed) {
            return refused();
        }
        return completedFuture(routes.page(cursor, atMost));
    }

    @Override
    public CompletionStage<@Nullable SessionView> find(String clientId) {
        return unfenced(clientId, session -> session.isOver(clock.millis()) ? null : session.view());
    }

    @Override
    public CompletionStage<@Nullable Erased> destroy(String clientId) {
        return unfenced(clientId, session -> ownership.destroy(session, clock.millis()));
    }

    @Override
    public CompletionStage<NamePage> names(String prefix, String cursor, int about) {
        return closed ? refused() : completedFuture(NameSearch.page(sessions.keySet(), prefix, cursor, about));
    }

    @Override
    public CompletionStage<NamePage> heldBy(String gateway, String prefix, String cursor, int about) {
        return closed
                ? refused()
                : completedFuture(NameSearch.page(
                        sessions.keySet(), prefix, cursor, about, clientId -> isHeldBy(clientId, gateway)));
    }

    private boolean isHeldBy(String clientId, String gateway) {
        MemorySession session = sessions.get(clientId);
        if (session == null) {
            return false;
        }
        synchronized (session) {
            return gateway.equals(session.owner);
        }
    }

    @Override
    public CompletionStage<@Nullable List<QueuedMessage>> peek(
            String clientId, long fromSeq, int maxMessages, int maxBytes) {
        int most = Math.max(1, Math.min(maxMessages, MOST_MESSAGES_A_READ));
        return present(
                clientId, session -> session.queue == null ? List.of() : session.queue.peek(fromSeq, most, maxBytes));
    }

    /** All on one page: looking at a session takes some ten nanoseconds here. */
    @Override
    public CompletionStage<QueuePage> queues(String cursor, int about) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        long messages = 0;
        long bytes = 0;
        for (MemorySession session : sessions.values()) {
            synchronized (session) {
                if (session.queue != null && !session.isOver(now)) {
                    messages += session.queue.owed();
                    bytes += session.queue.bytes();
                }
            }
        }
        return completedFuture(new QueuePage(messages, bytes, null));
    }

    @Override
    public CompletionStage<@Nullable Purged> purge(String clientId) {
        return present(
                clientId,
                session -> new Purged(session.queue == null ? 0 : session.queue.purge(session.limits), session.owner));
    }

    @Override
    public CompletionStage<@Nullable Prolonged> prolong(String clientId, Duration expiry) {
        return present(clientId, session -> {
            if (session.clean) {
                return new Prolonged(false, session.owner);
            }
            ownership.prolong(session, expiry, clock.millis());
            return new Prolonged(true, session.owner);
        });
    }

    /** Of a session that has not ended, though no sweep may have come. */
    private <T> CompletionStage<@Nullable T> present(String clientId, Function<MemorySession, T> operation) {
        return unfenced(clientId, session -> session.isOver(clock.millis()) ? null : operation.apply(session));
    }

    @Override
    public void close() {
        closed = true;
        long now = clock.millis();
        for (MemorySession session : sessions.values()) {
            synchronized (session) {
                if (!session.erased) {
                    session.erased = true;
                    endings.cancel(session, false, now);
                    session.letGo();
                }
            }
        }
        ownership.letGo();
        sessions.clear();
        routes.clear();
    }

    private Enqueued enqueue(Message message, EnqueueTarget target, boolean mayRepeat, long now) {
        MemorySession session = sessions.get(target.clientId());
        if (session == null) {
            return new Enqueued(Enqueued.Result.NO_SESSION, 0, null, 0);
        }
        synchronized (session) {
            if (session.clean || session.isOver(now) || !session.isMeantBy(target)) {
                return new Enqueued(Enqueued.Result.NO_SESSION, 0, null, 0);
            }
            if (target.onlyOnline() && session.owner == null && !mayRepeat) {
                return new Enqueued(Enqueued.Result.AWAY, 0, null, 0);
            }
            OutboundQueue queue = session.queue();
            if (mayRepeat && queue.knows(message.id())) {
                return new Enqueued(Enqueued.Result.REPEATED, 0, session.owner, 0);
            }
            return queue.offer(message, target, session.limits, session.owner, now);
        }
    }

    private <T> CompletionStage<T> fenced(SessionRef ref, Function<MemorySession, T> operation) {
        if (closed) {
            return refused();
        }
        MemorySession session = sessions.get(ref.clientId());
        if (session != null) {
            synchronized (session) {
                if (session.epoch == ref.epoch()
                        && !session.erased
                        && (session.end == null || !session.end.isPast(clock.millis()))) {
                    return completedFuture(operation.apply(session));
                }
            }
        }
        return failedFuture(new StaleSessionException(ref));
    }

    private CompletionStage<Void> changed(SessionRef ref, Consumer<MemorySession> operation) {
        return fenced(ref, session -> {
            operation.accept(session);
            return null;
        });
    }

    /** An operation of the operator or a gateway without a reference; null where there is no such record. */
    private <T> CompletionStage<@Nullable T> unfenced(String clientId, Function<MemorySession, @Nullable T> operation) {
        if (closed) {
            return refused();
        }
        MemorySession session = sessions.get(clientId);
        if (session == null) {
            return completedFuture(null);
        }
        synchronized (session) {
            return completedFuture(session.erased ? null : operation.apply(session));
        }
    }

    private static <T> CompletionStage<T> refused() {
        return failedFuture(new IllegalStateException("the session store is closed"));
    }
}
