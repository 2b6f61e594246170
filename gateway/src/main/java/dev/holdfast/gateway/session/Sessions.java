// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.StaleSessionException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions this gateway knows: one slot for each client identifier, with the live session in it if the client is
 * connected here. Safe on any thread.
 */
public final class Sessions {
    /** Shorter than the store waits for the word of a displaced gateway, so that nobody else publishes its will meanwhile. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final CompletableFuture<Boolean> OVER = CompletableFuture.completedFuture(true);
    private static final CompletableFuture<Boolean> NOT_OVER = CompletableFuture.completedFuture(false);

    private final ConcurrentHashMap<String, SessionSlot> slots = new ConcurrentHashMap<>();
    private final Takeovers takeovers;
    private final Passing passing = new Passing();
    private final SessionServices services;
    /** Connections that have entered and of whose end the store has not been told, or not of their wills. */
    private final AtomicInteger held = new AtomicInteger();

    /** How often the store may have lost writes: an attach that was asked for before is told to it once more. */
    private final AtomicInteger doubts = new AtomicInteger();

    private final HeldPart memory;

    private volatile @Nullable CompletableFuture<@Nullable Void> allLeft;

    /** An empty registry. */
    public Sessions(SessionServices services) {
        this.services = services;
        this.memory = new HeldPart(services.memory(), HeldMemory.Kind.SESSIONS);
        this.takeovers = new Takeovers(slots, services, memory);
    }

    /** Whether anybody wants to know how clients are connected. */
    public boolean isHeard() {
        return services.lifecycle().isHeard();
    }

    /** Asks the store for the session of a CONNECT; {@link #enter} goes on with the answer. */
    public CompletionStage<Attached> attach(AttachRequest request, Link link) {
        services.lifecycle().begins(request.clientId());
        passing.begin(request.clientId());
        CompletionStage<Attached> attached = services.store().attach(request).whenComplete((answer, failure) -> {
            if (answer == null) {
                passing.end(request.clientId());
            }
        });
        if (isHeard()) {
            attached = attached.whenComplete((answer, failure) -> {
                if (answer == null) {
                    services.lifecycle().unchanged(request.clientId());
                } else {
                    services.lifecycle().attached(request, link, answer);
                }
            });
        }
        return services.neighbours().mayExist()
                ? attached.thenCompose(answer -> tellNeighbours(request, answer))
                : attached;
    }

    /** A session that began anew is routed nowhere before its CONNACK. */
    private CompletionStage<Attached> tellNeighbours(AttachRequest request, Attached attached) {
        Neighbours neighbours = services.neighbours();
        if (attached.predecessor() > 0) {
            // Also one that another gateway has ended: that one's news may be on their way still.
            neighbours.ended(request.clientId(), attached.predecessor());
            return neighbours.settled().handle((nothing, failure) -> attached);
        }
        if (attached.sessionPresent() && !attached.subscriptions().isEmpty()) {
            neighbours.resumed(attached.ref());
        }
        return CompletableFuture.completedFuture(attached);
    }

    /**
     * Closes the connection that an attach has displaced, here or elsewhere, and waits for the end of all that came before it:
     * what those connections had sent is published, and so are their wills. {@link #enter} or {@link #abandon} is to follow.
     *
     * @return whether that is so; false if a displaced gateway, or the store, has not answered in time, which is counted
     */
    public CompletableFuture<Boolean> displace(Attached attached) {
        CompletableFuture<?> here = takeovers.displace(attached);
        DisplacedConnection displaced = attached.displaced();
        DisplacedConnection elsewhere =
                displaced != null && services.neighbours().isElsewhere(displaced.gateway()) ? displaced : null;
        if (here.isDone() && elsewhere == null) {
            // A gateway that is dead says nothing of the will of its connection.
            boolean isDead = displaced != null
                    && displaced.owesWill()
                    && services.neighbours().isGone(displaced.gateway());
            return isDead ? NOT_OVER : OVER;
        }
        takeovers.awaits(attached.ref());
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        here.whenComplete((nothing, failure) -> over.complete(true));
        over.completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        CompletableFuture<Boolean> all = elsewhere == null
                ? over
                : over.thenCombine(
                        services.neighbours().displaced(elsewhere, attached.ref(), false),
                        (some, other) -> some && other);
        return all.thenApply(isOver -> {
            if (!isOver) {
                services.metrics().takeoverUnanswered();
            }
            return isOver;
        });
    }

    /**
     * Learns how far the queue of a session has been sent that was taken over, once {@link #displace} is done: what goes out
     * with DUP [MQTT-3.3.1-1], what may expire and what may give way follows from it. A connection that has not handed
     * over may have sent all that it could.
     *
     * @return the same answer with the sent mark as it is known now
     */
    public CompletionStage<Attached> sentMark(Attached attached) {
        if (attached.displaced() == null || !attached.sessionPresent() || attached.firstSeq() == attached.nextSeq()) {
            return CompletableFuture.completedFuture(attached);
        }
        return services.store()
                .sentMark(attached.ref())
                .handle((mark, failure) -> mark == null ? attached : attached.withSentMark(mark.seq()));
    }

    /**
     * Takes the will of a displaced connection of which its gateway has not said in time what is to become of it.
     *
     * @return the will that is the caller's to publish now, or null if there is none or somebody else has it
     */
    public CompletionStage<@Nullable DueWill> claimWill(SessionRef displaced) {
        return services.store().settleWill(displaced, true);
    }

    /** What is left of the wills of connections before this one, besides that of the displaced one. Any thread. */
    public CompletionStage<SessionStore.WillsLeft> willsLeft(SessionRef ref) {
        return services.store().willsLeft(ref);
    }

    /** Gives back a session whose client went before it was answered: as if it had left at once, without a will. */
    public void abandon(Attached attached, Duration expiry, Leaving leaving) {
        boolean kept = attached.sessionPresent() || !expiry.isZero();
        boolean routed = !attached.subscriptions().isEmpty();
        detach(attached.ref(), kept, routed, new DetachRequest(expiry, attached.sentMark(), false), true, leaving)
                .whenComplete((nothing, failure) -> {
                    takeovers.predecessors().over(attached.ref());
                    passing.end(attached.ref().clientId());
                });
    }

    /**
     * What came of a connection taking its session.
     *
     * @param session the live session
     * @param isNewHere whether its slot is new to this gateway, so that its subscriptions are not in the routes yet
     * @param replaced the slot that has gone with the session it stood for: its routes are to be removed; or null
     */
    public record Entered(
            Session session, boolean isNewHere, @Nullable SessionSlot replaced) {}

    /**
     * Makes the live session of a connection whose attach has been answered, and displaces the one before it. On the
     * connection's thread.
     *
     * @param kept whether the session outlives this connection
     * @param receiveMaximum how many unacknowledged packets the client takes
     * @return the session, or null if a later connection of the same client identifier was faster
     */
    public @Nullable Entered enter(
            Attached attached, boolean kept, SessionThread thread, Outlet outlet, int receiveMaximum) {
        Entered entered = takeovers.enter(attached, kept, thread, outlet, receiveMaximum);
        if (entered != null) {
            passing.end(attached.ref().clientId());
            held.incrementAndGet();
            if (allLeft != null) {
                thread.execute(outlet::shutDown);
            }
        }
        return entered;
    }

    /**
     * Ends the live session of a connection: what is acknowledged is stored, then the session goes offline or is
     * erased. On the session's thread.
     *
     * @return the will that is to be published now, or null; exceptionally if the store could not be told, which
     *     {@link #detach(Session, Departure, Leaving)} tries again
     */
    public CompletableFuture<@Nullable DueWill> leave(Session session, DetachRequest departure, Leaving leaving) {
        session.close();
        passing.begin(session.clientId());
        boolean owesWill = session.broughtWill() && departure.keepWill();
        if (owesWill) {
            takeovers.predecessors().open(session.ref());
        }
        boolean erase = departure.expiry().isZero();
        slots.computeIfPresent(session.clientId(), (clientId, slot) -> {
            if (slot.live() != session) {
                return slot;
            }
            slot.occupy(null);
            if (erase) {
                memory.add(-slot.heldBytes());
            }
            return erase ? null : slot;
        });
        CompletableFuture<@Nullable Void> settled = session.settle();
        CompletableFuture<@Nullable DueWill> detached = detach(session, departure, leaving);
        session.redistributeShared(settled, erase);
        session.letGo();
        if (!owesWill) {
            detached.whenComplete((nothing, failure) -> takeovers.predecessors().over(session.ref()));
        }
        return detached;
    }

    /** Tells the store that a connection has left its session; may be repeated until it has been told. */
    public CompletableFuture<@Nullable DueWill> detach(Session session, DetachRequest departure, Leaving leaving) {
        boolean routed = session.isKept() && session.slot().subscriptionCount() > 0;
        return detach(session.ref(), session.isKept(), routed, departure, session.broughtWill(), leaving);
    }

    private CompletableFuture<@Nullable DueWill> detach(
            SessionRef ref,
            boolean kept,
            boolean routed,
            DetachRequest departure,
            boolean broughtWill,
            Leaving leaving) {
        Lifecycle lifecycle = services.lifecycle();
        lifecycle.begins(ref.clientId());
        CompletableFuture<CompletionStage<@Nullable DueWill>> will = services.store()
                .detach(ref, departure)
                .handle((detached, failure) -> {
                    if (detached != null) {
                        lifecycle.detached(ref.clientId(), ref.epoch(), leaving, detached);
                        return CompletableFuture.<@Nullable DueWill>completedFuture(left(ref, detached, kept, routed));
                    }
                    if (isStale(failure) && leaving.isSessionLost()) {
                        Erased lost = new Erased(ref, leaving.principal(), Erased.End.LEFT, null, List.of(), null);
                        lifecycle.detached(ref.clientId(), ref.epoch(), leaving, new Detached(lost, null));
                        return CompletableFuture.<@Nullable DueWill>completedFuture(null);
                    }
                    lifecycle.unchanged(ref.clientId());
                    if (kept && departure.expiry().isZero() && isStale(failure)) {
                        // It lives on elsewhere, and its routes may have been taken out here.
                        services.neighbours().doubted(ref.clientId());
                    }
                    if (!isStale(failure)) {
                        return CompletableFuture.<@Nullable DueWill>failedFuture(failure);
                    }
                    // Displaced, or taken for dead. Only this gateway knows how far it has sent, and whether the client
                    // has
                    // said goodbye.
                    CompletionStage<?> handedOver = kept
                            ? services.store()
                                    .handOver(ref, departure.sentMark())
                                    .exceptionally(unheard -> null)
                            : CompletableFuture.completedFuture(null);
                    return handedOver.thenCompose(nothing -> broughtWill
                            ? services.store().settleWill(ref, departure.keepWill())
                            : CompletableFuture.<@Nullable DueWill>completedFuture(null));
                })
                .toCompletableFuture();
        return will.thenCompose(stage -> stage);
    }

    private @Nullable DueWill left(SessionRef ref, Detached detached, boolean kept, boolean routed) {
        Erased erased = detached.erased();
        if (erased != null && kept) {
            services.neighbours().ended(erased.clientId(), erased.ref().epoch());
        } else if (erased == null && routed) {
            services.neighbours().left(ref);
        }
        return detached.will();
    }

    private static boolean isStale(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StaleSessionException;
    }

    /** The store has been told that a connection has left, and of its will if that was due: nothing is owed to it. */
    public void left(Session session) {
        takeovers.predecessors().over(session.ref());
        passing.end(session.clientId());
        CompletableFuture<@Nullable Void> waiting = allLeft;
        if (held.decrementAndGet() == 0 && waiting != null) {
            waiting.complete(null);
        }
    }

    /** Ends a session for the operator, whoever owns it; the caller sees to its connection, its routes and its will. */
    public CompletionStage<@Nullable Erased> destroy(String clientId) {
        services.lifecycle().begins(clientId);
        return services.store().destroy(clientId).whenComplete((erased, failure) -> {
            if (erased == null) {
                services.lifecycle().unchanged(clientId);
            } else {
                services.lifecycle().destroyed(erased);
            }
        });
    }

    /** A sweep has found that a session has expired. */
    public void expired(Erased erased) {
        services.lifecycle().expired(erased);
    }

    /** Whether a client is connected here. Any thread. */
    public boolean isLive(String clientId) {
        SessionSlot slot = slots.get(clientId);
        return slot != null && slot.live() != null;
    }

    /** Whether a connection of a client comes or goes here, so that the store is told of it soon. Any thread. */
    public boolean isPassing(String clientId) {
        return passing.contains(clientId);
    }

    /**
     * The store had taken a client for connected here that is not, since it had lost its end; of that end the listeners have heard
     * at the time. Any thread.
     */
    public void disclaimed(Reaped reaped) {
        if (reaped.erased() && reaped.kept()) {
            services.neighbours()
                    .ended(reaped.connection().clientId(), reaped.connection().epoch());
        }
    }

    /** A connection has gone with its gateway. Any thread. */
    public void reaped(Reaped reaped) {
        disclaimed(reaped);
        services.lifecycle().reaped(reaped);
    }

    /**
     * Takes out the slot of a session that has ended; a connection to it that is here still is closed. Whoever calls it
     * takes its routes out.
     *
     * @param epoch up to which whatever began under that client identifier has ended
     * @return null if there is no such slot here
     */
    public @Nullable SessionSlot ended(String clientId, long epoch) {
        return takeovers.ended(clientId, epoch);
    }

    /** Takes out a slot to which nobody is connected here: there is nothing in it to be routed; null if it is not there. */
    public @Nullable SessionSlot forget(String clientId) {
        SessionSlot[] removed = new SessionSlot[1];
        slots.computeIfPresent(clientId, (id, slot) -> {
            if (slot.isKept() && slot.live() == null) {
                removed[0] = slot;
                memory.add(-slot.heldBytes());
                return null;
            }
            return slot;
        });
        return removed[0];
    }

    /**
     * The slot of a kept session that another gateway has told of, made if there is none.
     *
     * @param born the epoch of the attach with which it began
     * @return null if the client identifier has another session here
     */
    public @Nullable SessionSlot remember(String clientId, long born) {
        SessionSlot slot = slots.computeIfAbsent(clientId, id -> {
            SessionSlot made = new SessionSlot(id, true, born);
            memory.add(made.heldBytes());
            return made;
        });
        return slot.isKept() && slot.born() == born ? slot : null;
    }

    /**
     * Closes the connection that a later one at another gateway, or an operator, has displaced.
     *
     * @param epoch that of the later attach, or any above the connection's own
     * @param kicked whether an operator has
     * @return done when nothing is to come any more of that connection and those before it
     */
    public CompletableFuture<?> displacedElsewhere(String clientId, long epoch, boolean kicked) {
        takeovers.displacedElsewhere(clientId, epoch, kicked);
        return takeovers.predecessors().before(clientId, epoch);
    }

    /** Has every live kept session look for messages in its queue that it has not been told of. */
    public void lookIntoQueues() {
        for (SessionSlot slot : slots.values()) {
            if (slot.live() instanceof StoredSession stored) {
                stored.thread().execute(stored::look);
            }
        }
    }

    /** All kept sessions that are known, wherever their client is. */
    public List<SessionSlot> kept() {
        return slots.values().stream().filter(SessionSlot::isKept).toList();
    }

    /** The kept sessions whose client is not connected here. */
    public List<SessionSlot> keptAndAway() {
        return slots.values().stream()
                .filter(slot -> slot.isKept() && slot.live() == null)
                .toList();
    }

    /**
     * Has every live session tell the store, which may have lost its last writes, what is known of it here. Clean
     * sessions come last, some at a time.
     *
     * @param fenced whether the store lets nothing else through meanwhile
     * @return done when all kept ones have told
     */
    public CompletableFuture<?> reassert(boolean fenced) {
        doubts.incrementAndGet(); // before it is looked who is live: who enters meanwhile is found there, or finds this
        return new Reassertion(slots.values()).begin(fenced);
    }

    /** How often {@link #reassert} has been called. Any thread. */
    public int doubts() {
        return doubts.get();
    }

    /** Has the live session of a client identifier, whose queue could not be found, ask the store about itself. */
    public void doubt(String clientId) {
        SessionSlot slot = slots.get(clientId);
        Session live = slot == null ? null : slot.live();
        if (live != null && live.isKept()) {
            live.thread().execute(live::verify);
        }
    }

    /** Has every connection closed because their sessions are not this gateway's any more. */
    public void disown() {
        for (SessionSlot slot : slots.values()) {
            Session live = slot.live();
            if (live != null) {
                live.thread().execute(live.outlet::storeFailed);
            }
        }
    }

    /** The sessions whose client is connected here, as they come and go. Any thread but an I/O thread: there may be many. */
    public Stream<Session> live() {
        return slots.values().stream().map(SessionSlot::live).filter(Objects::nonNull);
    }

    /** The slot of a client identifier, or null. */
    public @Nullable SessionSlot find(String clientId) {
        return slots.get(clientId);
    }

    /** Forgets what is over; to be called now and then. */
    public void forgetPast() {
        takeovers.forgetOvertaken();
    }

    /** How many client identifiers are known here, for whatever reason. */
    public int remembered() {
        return slots.size() + takeovers.remembered() + passing.size();
    }

    /** How many sessions have their client connected here. */
    public long online() {
        return slots.values().stream().filter(slot -> slot.live() != null).count();
    }

    /** How many sessions wait for their client, which is at no gateway either as far as is known here. */
    public long offline() {
        return slots.values().stream()
                .filter(slot -> slot.live() == null && slot.owner() == null)
                .count();
    }

    /** The live sessions of the clients that are connected here; a snapshot. */
    public List<Session> connected() {
        return slots.values().stream()
                .map(SessionSlot::live)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Whether there is room in memory for so many bytes more. */
    public boolean hasRoom(long bytes) {
        return memory.hasRoom(bytes);
    }

    /** Gives back what is held for sessions that are known still: the gateway ends. */
    public void letGo() {
        memory.letGo();
    }

    /** Whether no client is connected here, and the store knows of all those that were. */
    public boolean isEmpty() {
        return held.get() == 0;
    }

    /** Has the connection of one session closed, on its own thread, since the gateway is going down. */
    public void shutDown(Session live) {
        live.thread().execute(live.outlet::shutDown);
    }

    /**
     * Has every connection closed, each on its own thread, since the gateway is going down.
     *
     * @return done when {@link #left} has been called for all of them
     */
    public CompletableFuture<?> shutDown() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        allLeft = done;
        if (held.get() == 0) {
            done.complete(null);
        }
        for (SessionSlot slot : slots.values()) {
            Session live = slot.live();
            if (live != null) {
                live.thread().execute(live.outlet::shutDown);
            }
        }
        return done;
    }
}
