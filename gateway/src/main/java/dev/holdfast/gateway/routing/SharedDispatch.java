// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.outbound.SharedOrigin;
import dev.holdfast.gateway.topic.TrieEntry;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way of one message to one member of a shared subscription: it asks the members in order, each on its own
 * thread. First those that are ready for more; then one that is connected, though it has to wait; then the queue of
 * one that is away. A member whose queue has no room passes it on.
 */
final class SharedDispatch implements Runnable {
    private static final int MOST_HOPS = 3;

    private final Router router;
    private final SharedGroup group;
    private final Message message;
    private final TrieEntry[] candidates;
    private final @Nullable String publisher;
    private final boolean mayRepeat;
    private final int hops;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private int next;
    private boolean readyOnly = true;
    /** Members whose queue has not taken it; empty but for full queues and sessions that have just ended. */
    private Set<SessionSlot> refusing = Set.of();

    private boolean taken;

    /**
     * A message on its way.
     *
     * @param hops how many gateways have passed it on because they had a member: then one that is here comes first
     */
    SharedDispatch(
            Router router,
            SharedGroup group,
            Message message,
            @Nullable String publisher,
            boolean mayRepeat,
            int hops) {
        this.router = router;
        this.publisher = publisher;
        this.hops = hops;
        this.group = group;
        this.message = message;
        this.candidates = group.order(publisher);
        this.mayRepeat = mayRepeat;
    }

    /**
     * Completes with whether there was a member for it, once it is stored where that member's session is kept. If the
     * queues of all have refused it, it is dropped as if each had subscribed alone.
     */
    CompletableFuture<Boolean> done() {
        return done;
    }

    /** Asks the members in turn, from the next one on, until one lives on another thread. */
    @Override
    public void run() {
        while (next < candidates.length) {
            if (candidates[next] instanceof RemoteRoute remote) {
                next++;
                if (mayPassOn()) {
                    passOn(remote);
                    return;
                }
                continue;
            }
            Route candidate = (Route) candidates[next];
            if (isOut(candidate.slot())) {
                next++;
                continue;
            }
            Session session = candidate.slot().live();
            if (session == null && router.isElsewhere(candidate.slot())) {
                next++;
                if (mayPassOn() && giveAway(candidate)) {
                    return;
                }
                continue;
            }
            if (session != null && !session.thread().isCurrent()) {
                session.thread().execute(this);
                return;
            }
            next++;
            if (session != null
                    && !session.isClosed()
                    && (!readyOnly || session.outbound().isReady())
                    && give(candidate, session)) {
                return;
            }
        }
        if (readyOnly) {
            readyOnly = false;
            next = 0;
            run();
        } else {
            leaveInQueue();
        }
    }

    /** Whether there is nothing to ask a member: its session is gone, though its route may still be there, or has refused. */
    private boolean isOut(SessionSlot slot) {
        return slot.isWithdrawn() || refusing.contains(slot);
    }

    /** Gives the message to a connected member; false if the member has refused it. */
    private boolean give(Route candidate, Session session) {
        EnqueueTarget target = targetOf(candidate, true);
        SharedOrigin origin = new Origin(candidate.slot());
        if (session.isStoredFirst(target.qos())) {
            return enqueue(candidate.slot(), target, session, origin);
        }
        session.outbound().deliver(message, target.qos(), target.retain(), target.subscriptionIdentifiers(), origin);
        taken();
        return true;
    }

    private void taken() {
        taken = true;
        done.complete(true);
    }

    /** Whether another gateway may be asked: at the publisher's gateway in turn; elsewhere only if no member is connected here, and for a bounded number of hops. */
    private boolean mayPassOn() {
        return hops == 0 || (!readyOnly && hops < MOST_HOPS);
    }

    private void passOn(RemoteRoute remote) {
        router.share(remote, message, publisher, hops + 1).whenComplete((taken, failure) -> {
            if (failure == null) {
                this.taken = taken;
                done.complete(taken);
            } else {
                done.completeExceptionally(failure);
            }
        });
    }

    /** Gives the message to a kept session that is connected to another gateway; false if that gateway has refused it. */
    private boolean giveAway(Route candidate) {
        EnqueueTarget target = targetOf(candidate, true);
        if (target.qos() > 0) {
            return enqueue(candidate.slot(), target, null, null);
        }
        router.direct(candidate.slot(), target, message, hops + 1);
        taken();
        return true;
    }

    private EnqueueTarget targetOf(Route candidate, boolean onlyOnline) {
        return new EnqueueTarget(
                candidate.slot().clientId(),
                candidate.slot().born(),
                Math.min(candidate.qos(), message.qos()),
                candidate.retainAsPublished() && message.isRetain(),
                identifiers(candidate),
                group.fullFilter(),
                onlyOnline);
    }

    private void leaveInQueue() {
        for (TrieEntry entry : candidates) {
            if (entry instanceof Route candidate
                    && candidate.slot().isKept()
                    && (Math.min(candidate.qos(), message.qos()) > 0 || router.queuesQos0())
                    && !isOut(candidate.slot())
                    && enqueue(candidate.slot(), targetOf(candidate, false), null, null)) {
                return;
            }
        }
        if (refusing.isEmpty()) {
            router.dropped(Dropped.NO_MEMBER);
        }
        done.complete(!refusing.isEmpty());
    }

    /** Puts it into a member's queue; false if that is known not to have taken it, and another is to be asked. */
    private boolean enqueue(
            SessionSlot slot, EnqueueTarget target, @Nullable Session session, @Nullable SharedOrigin origin) {
        CompletableFuture<List<Enqueued>> stored =
                router.enqueue(message, List.of(target), mayRepeat).toCompletableFuture();
        if (stored.isDone() && !stored.isCompletedExceptionally()) {
            return hasTaken(slot, target, stored.join().get(0), session, origin);
        }
        stored.whenComplete((results, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else if (!hasTaken(slot, target, results.get(0), session, origin)) {
                run();
            }
        });
        return true;
    }

    private boolean hasTaken(
            SessionSlot slot,
            EnqueueTarget target,
            Enqueued stored,
            @Nullable Session session,
            @Nullable SharedOrigin origin) {
        boolean elsewhere = router.isElsewhere(slot, stored, target, message);
        if (stored.result() == Enqueued.Result.AWAY) {
            return false; // its queue is there for when nobody is online
        }
        if (stored.seq() == 0 && stored.result() != Enqueued.Result.REPEATED) {
            if (refusing.isEmpty()) {
                refusing = new HashSet<>();
            }
            refusing.add(slot);
            return false;
        }
        if (stored.seq() > 0 && !elsewhere) {
            Session receiver = session != null ? session : slot.reaches(stored.seq());
            if (receiver != null) {
                receiver.thread()
                        .execute(() -> receiver.outbound()
                                .queued(
                                        stored.seq(),
                                        message,
                                        target,
                                        stored.dropped() > 0,
                                        session == null ? null : origin));
            }
        }
        taken();
        return true;
    }

    private static int[] identifiers(Route route) {
        return route.identifier() > 0 ? new int[] {route.identifier()} : EnqueueTarget.NO_IDENTIFIERS;
    }

    /** Where the message goes if the member that has it leaves without acknowledging it. */
    private final class Origin implements SharedOrigin {
        private final SessionSlot holder;

        Origin(SessionSlot holder) {
            this.holder = holder;
        }

        @Override
        public boolean canMoveOn() {
            return group.hasOtherLive(holder, router::isElsewhere);
        }

        @Override
        public CompletableFuture<Boolean> redistribute(Message unacknowledged) {
            SharedDispatch dispatch = new SharedDispatch(router, group, unacknowledged, null, false, 0);
            dispatch.run();
            return dispatch.done().thenApply(anybody -> dispatch.taken);
        }
    }
}
