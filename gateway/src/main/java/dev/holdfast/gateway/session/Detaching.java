// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.observe.TimedOperation;
import dev.holdfast.gateway.session.connection.Leaving;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.session.DetachRequest;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DueWill;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.LogCursor;
import dev.holdfast.store.session.SessionRef;
import dev.holdfast.store.session.StaleSessionException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How a connection leaves its session: what is acknowledged is stored, then the store takes the session offline or erases
 * it. Counts the connections of which the store has not been told. Any thread, unless a method says otherwise.
 */
public final class Detaching {
    private final SessionServices services;
    private final SlotTable slots;
    private final HeldPart memory;
    private final Takeovers takeovers;
    private final Passing passing;
    /** Connections that have entered, and whose end, with their will, the store has not been told. */
    private final AtomicInteger open = new AtomicInteger();

    /** Once the gateway goes down: done when no connection is open. */
    private volatile @Nullable CompletableFuture<@Nullable Void> allLeft;

    Detaching(SessionServices services, SlotTable slots, HeldPart memory, Takeovers takeovers, Passing passing) {
        this.services = services;
        this.slots = slots;
        this.memory = memory;
        this.takeovers = takeovers;
        this.passing = passing;
    }

    /** A connection has entered its session. One that comes while the gateway goes down is closed again. */
    void entered(SessionThread thread, Outlet outlet) {
        open.incrementAndGet();
        if (allLeft != null) {
            thread.execute(outlet::shutDown);
        }
    }

    /**
     * Ends the live session of a connection. On the session's thread.
     *
     * @return the will that is to be published now, or null; exceptionally if the store could not be told: then
     *     {@link #detach(Session, DetachRequest, Leaving)} tries again
     */
    public CompletableFuture<@Nullable DueWill> leave(Session session, DetachRequest request, Leaving leaving) {
        session.outbound().close();
        passing.begin(session.clientId());
        boolean owesWill = session.broughtWill() && request.keepWill();
        // Whoever has displaced it meanwhile learns how far it has come in logs.
        if (owesWill || session.outbound().hasLogs()) {
            takeovers.predecessors().open(session.ref());
        }
        boolean isErased = request.expiry().isZero();
        slots.computeIfPresent(session.clientId(), (clientId, slot) -> {
            if (slot.live() != session) {
                return slot;
            }
            slot.occupy(null);
            if (isErased) {
                memory.add(-slot.heldBytes());
            }
            return isErased ? null : slot;
        });
        if (session.outbound().hasLogs()) {
            session.outbound().logs().keepFor(request.expiry());
        }
        CompletableFuture<@Nullable Void> settled = session.outbound().settle();
        CompletableFuture<@Nullable DueWill> detached = detach(session, request, leaving);
        session.outbound().redistributeShared(settled, isErased);
        session.letGo();
        if (!owesWill) {
            detached.whenComplete((nothing, failure) -> takeovers.predecessors().over(session.ref()));
        }
        return detached;
    }

    /** Tells the store that a connection has left its session; may be repeated until the store has been told. */
    public CompletableFuture<@Nullable DueWill> detach(Session session, DetachRequest request, Leaving leaving) {
        boolean isRouted = session.isKept() && session.slot().subscriptionCount() > 0;
        return detach(
                session.ref(),
                session.isKept(),
                isRouted,
                request,
                session.outbound().lastCursors(),
                session.broughtWill(),
                leaving);
    }

    /**
     * Tells the store that a connection has left its session.
     *
     * @param isRouted whether the session is kept and has subscriptions, so that other gateways are told that it is away
     * @param cursors how far it has come in logs, for whoever may have displaced it
     */
    CompletableFuture<@Nullable DueWill> detach(
            SessionRef ref,
            boolean isKept,
            boolean isRouted,
            DetachRequest request,
            List<LogCursor> cursors,
            boolean broughtWill,
            Leaving leaving) {
        services.lifecycle().begins(ref.clientId());
        long asked = System.nanoTime();
        CompletableFuture<CompletionStage<@Nullable DueWill>> will = services.store()
                .detach(ref, request)
                .whenComplete((detached, failure) -> services.metrics().storeAnswered(TimedOperation.DETACH, asked))
                .handle((detached, failure) -> detached == null
                        ? notDetached(ref, isKept, request, cursors, broughtWill, leaving, failure)
                        : CompletableFuture.completedFuture(detached(ref, detached, isKept, isRouted, leaving)))
                .toCompletableFuture();
        return will.thenCompose(stage -> stage);
    }

    private @Nullable DueWill detached(
            SessionRef ref, Detached detached, boolean isKept, boolean isRouted, Leaving leaving) {
        services.lifecycle().detached(ref.clientId(), ref.epoch(), leaving, detached);
        Erased erased = detached.erased();
        if (erased != null && isKept) {
            services.neighbours().ended(erased.clientId(), erased.ref().epoch());
        } else if (erased == null && isRouted) {
            services.neighbours().left(ref);
        }
        return detached.will();
    }

    private CompletionStage<@Nullable DueWill> notDetached(
            SessionRef ref,
            boolean isKept,
            DetachRequest request,
            List<LogCursor> cursors,
            boolean broughtWill,
            Leaving leaving,
            Throwable failure) {
        boolean isStale = StaleSessionException.isCauseOf(failure);
        if (isStale && leaving.isSessionLost()) {
            Erased lost = new Erased(ref, leaving.principal(), Erased.End.LEFT, null, List.of(), null);
            services.lifecycle().detached(ref.clientId(), ref.epoch(), leaving, new Detached(lost, null));
            return CompletableFuture.completedFuture(null);
        }
        services.lifecycle().unchanged(ref.clientId());
        if (!isStale) {
            return CompletableFuture.failedFuture(failure);
        }
        if (isKept && request.expiry().isZero()) {
            // The session lives on at another gateway, and its routes may have been taken out here.
            services.neighbours().doubted(ref.clientId());
        }
        // The connection was displaced, or its gateway was taken for dead. Only this gateway knows how far it has sent,
        // and whether its client has said goodbye.
        CompletionStage<?> handedOver = isKept
                ? services.store().handOver(ref, request.sentMark(), cursors).exceptionally(unheard -> null)
                : CompletableFuture.completedFuture(null);
        return handedOver.thenCompose(nothing -> broughtWill
                ? services.store().settleWill(ref, request.keepWill())
                : CompletableFuture.<@Nullable DueWill>completedFuture(null));
    }

    /** The store has been told that a connection has left, and its will is out: nothing is owed to the connection. */
    public void left(Session session) {
        takeovers.predecessors().over(session.ref());
        passing.end(session.clientId());
        CompletableFuture<@Nullable Void> waiting = allLeft;
        if (open.decrementAndGet() == 0 && waiting != null) {
            waiting.complete(null);
        }
    }

    /** Whether no connection is open. */
    boolean isIdle() {
        return open.get() == 0;
    }

    /** The gateway goes down: done when {@link #left} has been called for every connection. */
    CompletableFuture<?> whenAllHaveLeft() {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        allLeft = done;
        if (open.get() == 0) {
            done.complete(null);
        }
        return done;
    }
}
