// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.Attaching.Entered;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.SessionRef;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the epochs which connection of a client identifier has the session, and closes the displaced one, whether the
 * later connection is here or at another gateway. Any thread.
 */
final class Takeovers {
    private static final int MOST_OVERTAKEN = 10_000;
    /** An attach that has not been answered after this time has failed. */
    private static final Duration ATTACH = Duration.ofSeconds(10);

    private final SlotTable slots;
    /** By client identifier, attaches at other gateways that may displace an attach whose answer has not come here. */
    private final ConcurrentHashMap<String, Overtaking> overtaken = new ConcurrentHashMap<>();

    private final Predecessors predecessors = new Predecessors();
    private final SessionServices services;
    private final HeldPart held;

    /** An attach at another gateway, and when this gateway heard of it. */
    private record Overtaking(long epoch, long sinceNanos) {}

    Takeovers(SlotTable slots, SessionServices services, HeldPart held) {
        this.slots = slots;
        this.held = held;
        this.services = services;
    }

    /** Forgets what no attach under way can need any more. */
    void forgetOvertaken() {
        long now = System.nanoTime();
        overtaken.values().removeIf(each -> now - each.sinceNanos() > ATTACH.toNanos());
    }

    /** How many client identifiers are remembered because an attach may be under way. */
    int remembered() {
        return overtaken.size();
    }

    /**
     * Removes the slot of a session that has ended, and closes the connection that the session still has here.
     *
     * @param epoch whatever began under that client identifier up to this epoch has ended
     * @return null if there is no such slot here
     */
    @Nullable
    SessionSlot ended(String clientId, long epoch) {
        SessionSlot[] gone = new SessionSlot[1];
        slots.computeIfPresent(clientId, (id, slot) -> {
            Session live = slot.live();
            if (slot.born() > epoch || (live != null && live.ref().epoch() > epoch)) {
                return slot;
            }
            gone[0] = slot;
            held.add(-slot.heldBytes());
            if (live != null) {
                predecessors.open(live.ref());
                live.thread().execute(() -> displace(live, false));
            }
            return null;
        });
        return gone[0];
    }

    /** The connections that are not over. */
    Predecessors predecessors() {
        return predecessors;
    }

    /**
     * Closes the connection here that an attach has displaced.
     *
     * @return done when all earlier connections here are over
     */
    CompletableFuture<?> displace(Attached attached) {
        SessionRef ref = attached.ref();
        SessionSlot slot = slots.get(ref.clientId());
        boolean isLive = slot != null && slot.live() != null;
        if (isLive) {
            displacedElsewhere(ref.clientId(), ref.epoch(), false);
        }
        return predecessors.before(ref.clientId(), ref.epoch());
    }

    /** An attach waits for earlier connections. Later ones wait for it, until {@link #enter} or {@link Predecessors#over}. */
    void awaits(SessionRef ref) {
        overtakenBy(ref.clientId(), ref.epoch());
        predecessors.open(ref);
    }

    /** Makes the live session of a connection and displaces the one before it; null if a later connection was faster. */
    @Nullable
    Entered enter(Attached attached, boolean kept, SessionThread thread, Outlet outlet, int receiveMaximum) {
        Entering entering = new Entering(attached, kept, thread, outlet, receiveMaximum);
        slots.compute(attached.ref().clientId(), entering::into);
        Session displaced = entering.displaced;
        if (entering.result != null) {
            predecessors.over(attached.ref());
        }
        if (displaced != null) {
            services.metrics().takeover();
            displaced.thread().execute(() -> displace(displaced, false));
        }
        return entering.result;
    }

    /** A connection at another gateway, or an operator, has displaced the connection that is here or about to enter. */
    void displacedElsewhere(String clientId, long epoch, boolean kicked) {
        slots.compute(clientId, (id, slot) -> {
            Session live = slot == null ? null : slot.live();
            overtakenBy(clientId, epoch);
            if (live != null && live.ref().epoch() < epoch) {
                services.metrics().takeover();
                predecessors.open(live.ref());
                live.thread().execute(() -> displace(live, kicked));
            }
            return slot;
        });
    }

    private void overtakenBy(String clientId, long epoch) {
        if (overtaken.size() >= MOST_OVERTAKEN) {
            overtaken.clear();
        }
        overtaken.merge(
                clientId,
                new Overtaking(epoch, System.nanoTime()),
                (before, now) -> before.epoch() > now.epoch() ? before : now);
    }

    private static void displace(Session session, boolean kicked) {
        if (session.isClosed()) {
            return;
        }
        session.outbound().close();
        if (kicked) {
            session.outlet().kicked();
        } else {
            session.outlet().takenOver();
        }
    }

    /** One attempt to enter. An object because its decision has three results. */
    private final class Entering {
        private final Attached attached;
        private final boolean kept;
        private final SessionThread thread;
        private final Outlet outlet;
        private final int receiveMaximum;
        private @Nullable Session displaced;
        private @Nullable Entered result;

        Entering(Attached attached, boolean kept, SessionThread thread, Outlet outlet, int receiveMaximum) {
            this.attached = attached;
            this.kept = kept;
            this.thread = thread;
            this.outlet = outlet;
            this.receiveMaximum = receiveMaximum;
        }

        @Nullable
        SessionSlot into(String clientId, @Nullable SessionSlot known) {
            Session present = known == null ? null : known.live();
            if (known != null
                    && present != null
                    && present.ref().epoch() > attached.ref().epoch()) {
                return known;
            }
            Overtaking later = overtaken.get(clientId);
            if (later != null && later.epoch() > attached.ref().epoch()) {
                return known;
            }
            overtaken.remove(clientId);
            displaced = present;
            boolean reuse = known != null && known.isKept() && kept && known.born() == attached.born();
            SessionSlot slot = reuse && known != null ? known : new SessionSlot(clientId, kept, attached.born());
            if (!reuse) {
                held.add(slot.heldBytes() - (known == null ? 0 : known.heldBytes()));
            }
            Session session = new Session(slot, attached, thread, outlet, receiveMaximum, services);
            slot.occupy(session);
            result = new Entered(session, !reuse, reuse ? null : known);
            return slot;
        }
    }
}
