// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.session.Erased;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that this gateway knows: one slot for each client identifier, with the live session in it while the client
 * is connected here. {@link #attaching} and {@link #detaching} say how connections come and go. Any thread.
 */
public final class Sessions {
    private static final long COUNT_SELDOM = 100;

    private final SlotTable slots = new SlotTable();
    private final SessionServices services;
    private final HeldPart memory;
    private final Takeovers takeovers;
    private final Passing passing = new Passing();
    private final Detaching detaching;
    private final Attaching attaching;
    private volatile @Nullable OfflineCount offline;

    /** What was counted, when, and how long that took. */
    private record OfflineCount(long sessions, long atNanos, long tookNanos) {}

    /** How often the store may have lost writes: it is told again of an attach that was asked for before. */
    private final AtomicInteger doubts = new AtomicInteger();

    /** No session yet. */
    public Sessions(SessionServices services) {
        this.services = services;
        this.memory = new HeldPart(services.memory(), HeldMemory.Kind.SESSIONS);
        this.takeovers = new Takeovers(slots, services, memory);
        this.detaching = new Detaching(services, slots, memory, takeovers, passing);
        this.attaching = new Attaching(services, takeovers, passing, detaching);
    }

    /** How connections get their sessions. */
    public Attaching attaching() {
        return attaching;
    }

    /** How connections leave their sessions. */
    public Detaching detaching() {
        return detaching;
    }

    /** Whether anybody wants to know how clients are connected. */
    public boolean isHeard() {
        return services.lifecycle().isHeard();
    }

    // ---- what is known

    /** The slot of a client identifier, or null. */
    public @Nullable SessionSlot find(String clientId) {
        return slots.get(clientId);
    }

    /** Whether a client is connected here. */
    public boolean isLive(String clientId) {
        SessionSlot slot = slots.get(clientId);
        return slot != null && slot.live() != null;
    }

    /** Whether a connection of a client is coming or going here: then the store is told of it soon. */
    public boolean isPassing(String clientId) {
        return passing.contains(clientId);
    }

    /** The live sessions, as they come and go. Not for an I/O thread: there may be many. */
    public Stream<Session> live() {
        return slots.stream().map(SessionSlot::live).filter(Objects::nonNull);
    }

    /** The live sessions now. */
    public List<Session> connected() {
        return live().toList();
    }

    /** The slots of all kept sessions, wherever their clients are. */
    public List<SessionSlot> kept() {
        return slots.stream().filter(SessionSlot::isKept).toList();
    }

    /** The slots of the kept sessions whose client is not connected here. */
    public List<SessionSlot> keptAndAway() {
        return slots.stream()
                .filter(slot -> slot.isKept() && slot.live() == null)
                .toList();
    }

    /** How many sessions have their client connected here. */
    public long online() {
        return slots.live();
    }

    /**
     * How many sessions have their client at no gateway, as far as is known here. Looks at all of them (30 ms at a million), so it does
     * that for a hundredth of the time at the most, and answers in between what it has counted last. Not for an I/O thread.
     */
    public long offline() {
        OfflineCount last = offline;
        long begun = System.nanoTime();
        if (last != null && begun - last.atNanos() < last.tookNanos() * COUNT_SELDOM) {
            return last.sessions();
        }
        long sessions = slots.count(slot -> slot.live() == null && slot.owner() == null);
        long now = System.nanoTime();
        offline = new OfflineCount(sessions, now, now - begun);
        return sessions;
    }

    /** How many client identifiers are known here, for whatever reason. */
    public int remembered() {
        return slots.size() + takeovers.remembered() + passing.size();
    }

    /** Forgets what no attach under way can need any more. To be called now and then. */
    public void forgetPast() {
        takeovers.forgetOvertaken();
    }

    // ---- what other gateways and operators bring

    /**
     * The slot of a kept session that another gateway has told of, made if there is none.
     *
     * @param born the epoch of the attach with which the session began
     * @return null if the client identifier has another session here
     */
    public @Nullable SessionSlot remember(String clientId, long born) {
        SessionSlot[] found = new SessionSlot[1];
        slots.compute(clientId, (id, known) -> {
            found[0] = known;
            if (known == null) {
                found[0] = new SessionSlot(id, true, born);
                memory.add(found[0].heldBytes());
            }
            return found[0];
        });
        return found[0].isKept() && found[0].born() == born ? found[0] : null;
    }

    /** Removes the slot of a kept session that has no route any more and no connection here; null if there is none. */
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
     * Removes the slot of a session that has ended, and closes the connection that the session still has here. The caller
     * removes the routes.
     *
     * @param epoch whatever began under that client identifier up to this epoch has ended
     * @return null if there is no such slot here
     */
    public @Nullable SessionSlot ended(String clientId, long epoch) {
        return takeovers.ended(clientId, epoch);
    }

    /**
     * Closes the connection that a later one at another gateway, or an operator, has displaced.
     *
     * @param epoch that of the later attach, or any above the connection's own
     * @param isKicked whether an operator has displaced it
     * @return done when nothing is to come any more of that connection and those before it
     */
    public CompletableFuture<?> displacedElsewhere(String clientId, long epoch, boolean isKicked) {
        takeovers.displacedElsewhere(clientId, epoch, isKicked);
        return takeovers.predecessors().before(clientId, epoch);
    }

    /** Ends a session for an operator, at whichever gateway it is. The caller closes its connection, removes its routes and publishes its will. */
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

    /** A connection has gone with its gateway. */
    public void reaped(Reaped reaped) {
        disclaimed(reaped);
        services.lifecycle().reaped(reaped);
    }

    /**
     * The store had lost the end of a connection and took its client for connected here. The listeners of lifecycle events
     * have heard of that end when it came.
     */
    public void disclaimed(Reaped reaped) {
        if (reaped.erased() && reaped.kept()) {
            services.neighbours()
                    .ended(reaped.connection().clientId(), reaped.connection().epoch());
        }
    }

    /** Has every live kept session read its queue in the store for messages of which no hint came. */
    public void lookIntoQueues() {
        live().filter(Session::isKept).forEach(each -> each.thread().execute(each.outbound()::catchUp));
    }

    // ---- a store that may have lost its last writes

    /**
     * Has every live session tell the store what is known of it here; clean sessions come last, some at a time.
     *
     * @param isFenced whether the store lets nothing else through meanwhile
     * @return done when all kept ones have told
     */
    public CompletableFuture<?> reassert(boolean isFenced) {
        // First: a session that enters from now on finds this, and one that has entered is found below.
        doubts.incrementAndGet();
        return new Reassertion(live()).begin(isFenced);
    }

    /** How often {@link #reassert} has been called. */
    public int doubts() {
        return doubts.get();
    }

    /** The store did not find the queue of a session: if the session is live here, it asks the store about itself. */
    public void doubt(String clientId) {
        SessionSlot slot = slots.get(clientId);
        Session live = slot == null ? null : slot.live();
        if (live != null && live.isKept()) {
            live.thread().execute(live::verify);
        }
    }

    /** Others have taken this gateway for dead, and its sessions with it: closes every connection. */
    public void disown() {
        live().forEach(each -> each.thread().execute(each.outlet()::storeFailed));
    }

    // ---- memory, and the end of the gateway

    /** Whether this many more bytes fit into the memory for sessions. */
    public boolean hasRoom(long bytes) {
        return memory.hasRoom(bytes);
    }

    /** Gives back what is held for sessions that are still known: the gateway ends. */
    public void letGo() {
        memory.letGo();
    }

    /** Whether no client is connected here, and the store knows of the end of all that were. */
    public boolean isEmpty() {
        return detaching.isIdle();
    }

    /** Closes the connection of one session, on its own thread, because the gateway goes down. */
    public void shutDown(Session live) {
        live.thread().execute(live.outlet()::shutDown);
    }

    /** Has the connection of one session closed, on its own thread, so that its client goes to another gateway. */
    public void move(Session live) {
        live.thread().execute(live.outlet()::moved);
    }

    /**
     * Closes every connection, each on its own thread, because the gateway goes down.
     *
     * @return done when the store has been told of the end of all of them
     */
    public CompletableFuture<?> shutDown() {
        CompletableFuture<?> done = detaching.whenAllHaveLeft();
        live().forEach(this::shutDown);
        return done;
    }
}
