// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.memory;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.Will;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.Leftovers;
import dev.holdfast.store.session.NotOwnerException;
import dev.holdfast.store.session.TooManySessionsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How sessions begin, change hands and end. What takes a session is called under its monitor, and a session that ends is
 * taken out of the store.
 */
final class Ownership {
    private static final Detached NOTHING_DUE = new Detached(null, null);

    private final ConcurrentMap<String, MemorySession> sessions;
    private final RouteIndex routes;
    private final Endings endings;
    private final DueWills due;
    private final KeptCounts kept = new KeptCounts();
    private final ConcurrentMap<String, List<Leftovers.Leftover>> leftovers = new ConcurrentHashMap<>();
    private final Set<String> beingGiven = ConcurrentHashMap.newKeySet();
    private final AtomicLong epochs = new AtomicLong();
    private final HeldMemory memory;

    Ownership(ConcurrentMap<String, MemorySession> sessions, RouteIndex routes, Endings endings, HeldMemory memory) {
        this.memory = memory;
        this.sessions = sessions;
        this.routes = routes;
        this.endings = endings;
        due = endings.due();
    }

    /**
     * A connection takes the session.
     *
     * @return completed in either way
     */
    CompletionStage<Attached> attach(MemorySession session, AttachRequest request, long now) {
        boolean existed = session.epoch != 0;
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
        DisplacedConnection displaced = displace(session, ends, now);
        DueWill dueNow = endings.cancel(session, ends, now);
        int known = (displaced != null && displaced.owesWill() ? 1 : 0) + (dueNow == null ? 0 : 1);
        boolean owesWills = due.count(request.clientId()) > known;
        Erased discarded = null;
        long predecessor = 0;
        if (existed && ends) {
            discarded = new Erased(
                    session.ref(),
                    session.principal,
                    over ? Erased.End.EXPIRED : Erased.End.DISCARDED,
                    displaced,
                    session.subscriptions(),
                    dueNow);
            leave(session, now);
            predecessor = session.clean ? 0 : session.epoch;
            session.forget();
        }
        boolean present = existed && discarded == null;
        session.clean = !present && request.expiry().isZero();
        session.belongsTo(request.principal());
        session.displacedEpoch = displaced == null ? 0 : displaced.epoch();
        // As in other stores, an epoch tells when it began.
        session.epoch = epochs.accumulateAndGet(now * 1_000, (last, at) -> Math.max(last + 1, at));
        session.born = present ? session.born : session.epoch;
        session.owner = request.gateway();
        session.expiry = request.expiry();
        session.will(request.will());
        session.limits = request.limits();
        OutboundQueue queue = session.queue;
        if (queue != null) {
            queue.attached();
        }
        routes.update(session);
        return completedFuture(new Attached(
                session.ref(),
                present,
                session.born,
                displaced,
                session.subscriptions(),
                queue == null ? 1 : queue.firstSeq(),
                queue == null ? 1 : queue.nextSeq(),
                queue == null ? 0 : queue.sentMark(),
                List.of(),
                session.inbound == null ? List.of() : session.inbound.packetIds(),
                discarded,
                predecessor,
                queue == null ? 0 : queue.owed(),
                queue == null ? 0 : queue.droppedSinceTold(),
                owesWills,
                session.identifiers(),
                session.cursors()));
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

    /** Its connection leaves the session. */
    Detached detach(MemorySession session, DetachRequest departure, long now) {
        if (session.owner == null) {
            return NOTHING_DUE;
        }
        Will will = departure.keepWill() ? session.will : null;
        session.owner = null;
        if (session.expiry.isZero() || departure.expiry().isZero()) {
            if (session.queue != null) {
                session.queue.detached(departure.sentMark());
            }
            Erased erased = erase(session, Erased.End.LEFT, null, will, now);
            return new Detached(erased, erased.will());
        }
        session.expiry = departure.expiry();
        if (session.queue != null) {
            session.queue.detached(departure.sentMark());
        }
        DueWill dueNow = endings.wentOffline(session, will, now);
        session.will(null);
        return dueNow == null ? NOTHING_DUE : new Detached(null, dueNow);
    }

    /** An operator has it kept for so long: from now on if its client is away. */
    void prolong(MemorySession session, Duration expiry, long now) {
        session.expiry = expiry;
        if (session.owner == null) {
            endings.prolonged(session, now);
        }
    }

    /** The time of the session is over. */
    Erased expire(MemorySession session, long now) {
        return erase(session, Erased.End.EXPIRED, null, null, now);
    }

    /** An operator ends the session; null if there is none. */
    @Nullable
    Erased destroy(MemorySession session, long now) {
        if (session.epoch == 0) {
            return null;
        }
        DisplacedConnection displaced = displace(session, true, now);
        return erase(session, Erased.End.DESTROYED, displaced, null, now);
    }

    /**
     * Takes a connection off its session. Its will is due if the session ends or if it has no delay; first its gateway
     * is asked, which alone knows whether its client has said goodbye.
     */
    private @Nullable DisplacedConnection displace(MemorySession session, boolean ends, long now) {
        String owner = session.owner;
        if (owner == null) {
            return null;
        }
        Will will = session.will;
        boolean owesWill = will != null && (ends || will.delay().isZero());
        if (will != null && owesWill) {
            due.await(session.ref(), will, now);
        }
        session.will(null);
        return new DisplacedConnection(owner, session.epoch, owesWill);
    }

    /** What an ending session had through shared subscriptions stays for the other members. */
    private void leave(MemorySession session, long now) {
        List<Leftovers.Leftover> left = session.queue == null ? List.of() : session.queue.leftovers(now);
        if (!left.isEmpty()) {
            left.forEach(each -> each.message().hold(memory, HeldMemory.Kind.QUEUES));
            leftovers.merge(session.clientId, left, (some, more) -> {
                List<Leftovers.Leftover> all = new ArrayList<>(some);
                all.addAll(more);
                return all;
            });
        }
    }

    /** The client identifiers of ended sessions that have left something, each for one caller until that has taken it. */
    List<String> haveLeft() {
        return leftovers.keySet().stream().filter(beingGiven::add).toList();
    }

    /** Takes out what ended sessions of a client identifier have left. */
    List<Leftovers.Leftover> takeLeftovers(String clientId) {
        beingGiven.remove(clientId);
        List<Leftovers.Leftover> left = leftovers.remove(clientId);
        if (left == null) {
            return List.of();
        }
        left.forEach(each -> each.message().letGo(memory));
        return left;
    }

    /** Gives back all that is held: the store is closed. */
    void letGo() {
        List.copyOf(leftovers.keySet()).forEach(this::takeLeftovers);
        endings.letGo();
    }

    /** Ends a session under its monitor; the will that is due with it, if any, is in the answer. */
    private Erased erase(
            MemorySession session,
            Erased.End end,
            @Nullable DisplacedConnection displaced,
            @Nullable Will left,
            long now) {
        DueWill waiting = endings.cancel(session, true, now);
        DueWill will = left == null ? waiting : due.handOut(session.ref(), left, now);
        Erased erased = new Erased(session.ref(), session.principal, end, displaced, session.subscriptions(), will);
        leave(session, now);
        erase(session);
        return erased;
    }

    private void erase(MemorySession session) {
        if (session.counted) {
            kept.end(session.principal);
        }
        session.erased = true;
        session.owner = null;
        session.letGo();
        sessions.remove(session.clientId, session);
        routes.remove(session);
    }
}
