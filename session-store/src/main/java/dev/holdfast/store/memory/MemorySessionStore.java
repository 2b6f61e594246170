// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

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
import dev.holdfast.store.QueuedMessage;
import dev.holdfast.store.SessionRef;
import dev.holdfast.store.SessionStore;
import dev.holdfast.store.StaleSessionException;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.Target;
import dev.holdfast.store.TooManySessionsException;
import dev.holdfast.store.Will;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final int MOST_MESSAGES_A_READ = 1_024;
    private static final Detached NOTHING_DUE = new Detached(null, null);

    private final ConcurrentHashMap<String, MemorySession> sessions = new ConcurrentHashMap<>();
    private final Routes routes = new Routes();
    private final KeptSessions kept = new KeptSessions();
    private final Endings endings = new Endings();
    private final DueWills due = endings.due();
    private final AtomicLong epochs = new AtomicLong();
    private final InstantSource clock;
    private volatile boolean closed;

    /** Makes an empty store that takes the time of expiries and delays from the given clock. */
    public MemorySessionStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public CompletionStage<Attached> attach(AttachRequest request) {
        if (closed) {
            return refused();
        }
        while (true) {
            MemorySession session =
                    sessions.computeIfAbsent(request.clientId(), clientId -> new MemorySession(request));
            synchronized (session) {
                if (!session.erased) {
                    return attach(session, request);
                }
            }
        }
    }

    @Override
    public CompletionStage<Detached> detach(SessionRef ref, Departure departure) {
        return fenced(ref, session -> {
            if (session.owner == null) {
                return NOTHING_DUE;
            }
            long now = clock.millis();
            Will will = departure.keepWill() ? session.will : null;
            session.owner = null;
            session.will = null;
            if (session.expiry.isZero() || departure.expiry().isZero()) {
                Erased erased = erase(session, Erased.End.LEFT, null, will, now);
                return new Detached(erased, erased.will());
            }
            session.expiry = departure.expiry();
            if (session.queue != null) {
                session.queue.detached(departure.sentMark());
            }
            DueWill dueNow = endings.wentOffline(session, will, now);
            return dueNow == null ? NOTHING_DUE : new Detached(null, dueNow);
        });
    }

    @Override
    public CompletionStage<@Nullable DueWill> settleWill(SessionRef displaced, boolean publish) {
        return closed ? refused() : completedFuture(due.settle(displaced, publish, clock.millis()));
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
    public CompletionStage<List<Enqueued>> enqueue(Message message, List<Target> targets, boolean mayRepeat) {
        if (closed) {
            return refused();
        }
        long now = clock.millis();
        Enqueued[] answers = new Enqueued[targets.size()];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = enqueue(message, targets.get(i), mayRepeat, now);
        }
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
    public CompletionStage<@Nullable Message> takeInbound(SessionRef ref, int packetId) {
        return fenced(ref, session -> session.inbound == null ? null : session.inbound.get(packetId));
    }

    @Override
    public CompletionStage<Void> dropInbound(SessionRef ref, int packetId) {
        return changed(ref, session -> {
            if (session.inbound != null) {
                session.inbound.drop(packetId);
                session.inbound = session.inbound.isEmpty() ? null : session.inbound;
            }
        });
    }

    @Override
    public CompletionStage<Void> changeExpiry(SessionRef ref, Duration expiry) {
        return changed(ref, session -> {
            if (session.owner != null && !session.expiry.isZero()) {
                session.expiry = expiry;
                routes.update(session);
            }
        });
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
                    expired.add(erase(session, Erased.End.EXPIRED, null, null, now));
                }
            }
        }
        List<DueWill> wills = new ArrayList<>();
        endings.claimWills(now, atMost, wills);
        return completedFuture(new Due(expired, wills));
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
        return unfenced(clientId, session -> {
            if (session.epoch == 0) {
                return null;
            }
            long now = clock.millis();
            Displaced displaced = displace(session, true, now);
            return erase(session, Erased.End.DESTROYED, displaced, null, now);
        });
    }

    @Override
    public void close() {
        closed = true;
        sessions.clear();
        routes.clear();
    }

    private CompletionStage<Attached> attach(MemorySession session, AttachRequest request) {
        boolean existed = session.epoch != 0;
        long now = clock.millis();
        boolean over = existed && session.isOver(now);
        if (existed && !over && !session.principal.equals(request.principal())) {
            return failedFuture(new NotOwnerException(request.clientId()));
        }
        // A session of expiry zero ends with its connection, which is displaced now [MQTT-3.1.2-23].
        boolean ends = over || request.cleanStart() || (session.owner != null && session.expiry.isZero());
        if (!recount(session, request, !existed || ends)) {
            if (!existed) {
                erase(session);
            }
            return failedFuture(new TooManySessionsException(request.clientId()));
        }
        Displaced displaced = displace(session, ends, now);
        DueWill dueNow = endings.cancel(session, ends, now);
        Erased discarded = null;
        if (existed && ends) {
            discarded = new Erased(
                    session.ref(),
                    session.principal,
                    over ? Erased.End.EXPIRED : Erased.End.DISCARDED,
                    displaced,
                    session.subscriptions(),
                    dueNow);
            session.forget();
        }
        boolean present = existed && discarded == null;
        session.clean = !present && request.expiry().isZero();
        session.principal = request.principal();
        session.epoch = epochs.incrementAndGet();
        session.owner = request.gateway();
        session.expiry = request.expiry();
        session.will = request.will();
        session.limits = request.limits();
        OutboundQueue queue = session.queue;
        if (queue != null) {
            queue.attached();
        }
        routes.update(session);
        return completedFuture(new Attached(
                session.ref(),
                present,
                displaced,
                session.subscriptions(),
                queue == null ? 1 : queue.firstSeq(),
                queue == null ? 1 : queue.nextSeq(),
                queue == null ? 0 : queue.sentMark(),
                session.inbound == null ? List.of() : session.inbound.packetIds(),
                discarded));
    }

    /** Counts the session for its principal if it begins and is to be kept; false if that has too many. */
    private boolean recount(MemorySession session, AttachRequest request, boolean begins) {
        boolean counts = request.maxSessions() > 0 && !request.expiry().isZero();
        boolean stays = session.counted
                && session.principal.equals(request.principal())
                && (!begins || !request.expiry().isZero());
        if (begins && counts && !stays && !kept.begin(request.principal(), request.maxSessions())) {
            return false;
        }
        if (session.counted && !stays) {
            kept.end(session.principal);
        }
        session.counted = stays || (begins && counts);
        return true;
    }

    private Enqueued enqueue(Message message, Target target, boolean mayRepeat, long now) {
        MemorySession session = sessions.get(target.clientId());
        if (session == null) {
            return new Enqueued(Enqueued.Result.NO_SESSION, 0, null, 0);
        }
        synchronized (session) {
            if (session.clean || session.isOver(now)) {
                return new Enqueued(Enqueued.Result.NO_SESSION, 0, null, 0);
            }
            OutboundQueue queue = session.queue();
            if (mayRepeat && queue.knows(message.id())) {
                return new Enqueued(Enqueued.Result.REPEATED, 0, session.owner, 0);
            }
            return queue.offer(message, target, session.limits, session.owner, now);
        }
    }

    /**
     * Takes a connection off its session. Its will is due if the session ends or if it has no delay; first its gateway
     * is asked, which alone knows whether its client has said goodbye.
     */
    private @Nullable Displaced displace(MemorySession session, boolean ends, long now) {
        String owner = session.owner;
        if (owner == null) {
            return null;
        }
        Will will = session.will;
        session.will = null;
        if (will != null && (ends || will.delay().isZero())) {
            due.await(session.ref(), will, now);
        }
        return new Displaced(owner, session.epoch);
    }

    /** Ends a session under its monitor; the will that is due with it, if any, is in the answer. */
    private Erased erase(
            MemorySession session, Erased.End end, @Nullable Displaced displaced, @Nullable Will left, long now) {
        DueWill waiting = endings.cancel(session, true, now);
        DueWill will = left == null ? waiting : due.handOut(session.ref(), left, now);
        Erased erased = new Erased(session.ref(), session.principal, end, displaced, session.subscriptions(), will);
        erase(session);
        return erased;
    }

    private void erase(MemorySession session) {
        if (session.counted) {
            kept.end(session.principal);
        }
        session.erased = true;
        session.owner = null;
        session.forget();
        sessions.remove(session.clientId, session);
        routes.remove(session);
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
