// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.hooks;

import dev.holdfast.gateway.config.HooksConfig;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientConnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientDisconnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.ConnectionInfo;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionCreated;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionDiscarded;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionResumed;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionTakenOver;
import dev.holdfast.gateway.hooks.LifecycleEvent.SessionTerminated;
import dev.holdfast.gateway.hooks.LifecycleEvent.Subject;
import dev.holdfast.gateway.observe.Metrics;
import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.Leaving;
import dev.holdfast.gateway.session.connection.Lifecycle;
import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.DisplacedConnection;
import dev.holdfast.store.session.Erased;
import dev.holdfast.store.session.SessionRef;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * Makes events of what the store has changed and hands them to the listeners: the order of events of one change is that
 * of EMQX. Any thread.
 */
public final class LifecycleHooks implements Lifecycle, AutoCloseable {
    private static final String TAKEN_OVER = "takenover";
    private static final String DISCARDED = "discarded";
    private static final String KICKED = "kicked";
    private static final String EXPIRED = "expired";
    private static final String GATEWAY_LOST = "gateway_lost";

    private final List<ListenerQueue> listeners;
    private final EventOrder order = new EventOrder(this::out);
    private final InstantSource clock;
    private volatile Supplier<String> gatewayId = () -> "";

    /** Hooks for these listeners, each of which gets a thread. */
    public LifecycleHooks(List<LifecycleListener> listeners, HooksConfig config, Metrics metrics, InstantSource clock) {
        this.clock = clock;
        this.listeners = listeners.stream()
                .map(each -> new ListenerQueue(each, config.maxWaitingEvents(), config.closePatience(), metrics))
                .toList();
    }

    /**
     * The listeners on the class path.
     *
     * @throws java.util.ServiceConfigurationError if one of them cannot be made
     */
    public static List<LifecycleListener> installed() {
        return ServiceLoader.load(LifecycleListener.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** Says who this gateway is to the others, from now on. */
    public void gatewayId(Supplier<String> id) {
        gatewayId = id;
    }

    @Override
    public boolean isHeard() {
        return !listeners.isEmpty();
    }

    @Override
    public void begins(String clientId) {
        if (isHeard()) {
            order.begins(clientId);
        }
    }

    @Override
    public void unchanged(String clientId) {
        if (isHeard()) {
            order.ends(clientId, List.of());
        }
    }

    @Override
    public void attached(AttachRequest request, ConnectedBy connection, Attached attached) {
        List<LifecycleEvent> events = new ArrayList<>(4);
        Erased ended = attached.discarded();
        DisplacedConnection displaced = attached.displaced();
        if (displaced != null) {
            SessionRef former = new SessionRef(request.clientId(), displaced.epoch());
            displaced(subject(former, request.principal(), displaced.gateway()), ended != null, events);
        } else if (ended != null) {
            Subject offline = subject(ended.ref(), ended.principal(), request.gateway());
            boolean expired = ended.end() == Erased.End.EXPIRED;
            events.add(expired ? new SessionTerminated(offline, EXPIRED) : new SessionDiscarded(offline));
        }
        Subject now = subject(attached.ref(), request.principal(), request.gateway());
        boolean present = attached.sessionPresent();
        events.add(present ? new SessionResumed(now) : new SessionCreated(now));
        events.add(new ClientConnected(now, info(connection), request.cleanStart(), request.expiry(), present));
        order.ends(request.clientId(), events);
    }

    private static ConnectionInfo info(ConnectedBy connection) {
        return new ConnectionInfo(connection.peer(), connection.transport(), connection.protocol());
    }

    private static void displaced(Subject former, boolean ended, List<LifecycleEvent> events) {
        String reason = ended ? DISCARDED : TAKEN_OVER;
        events.add(new ClientDisconnected(former, null, reason, "session_taken_over"));
        events.add(ended ? new SessionDiscarded(former) : new SessionTakenOver(former));
    }

    @Override
    public void detached(String clientId, long epoch, Leaving leaving, Detached detached) {
        if (!isHeard()) {
            return;
        }
        Subject left = subject(new SessionRef(clientId, epoch), leaving.principal(), gatewayId.get());
        LifecycleEvent gone =
                new ClientDisconnected(left, info(leaving.connection()), leaving.reason(), leaving.outcome());
        order.ends(
                clientId,
                detached.erased() == null
                        ? List.of(gone)
                        : List.of(gone, new SessionTerminated(left, leaving.reason())));
    }

    @Override
    public void destroyed(Erased erased) {
        if (!isHeard()) {
            return;
        }
        DisplacedConnection displaced = erased.displaced();
        String gateway = displaced == null ? gatewayId.get() : displaced.gateway();
        Subject kicked = subject(erased.ref(), erased.principal(), gateway);
        LifecycleEvent ended = new SessionTerminated(kicked, KICKED);
        order.ends(
                erased.clientId(),
                displaced == null
                        ? List.of(ended)
                        : List.of(new ClientDisconnected(kicked, null, KICKED, "administrative_action"), ended));
    }

    @Override
    public void reaped(Reaped reaped) {
        if (!isHeard()) {
            return;
        }
        Subject lost = subject(reaped.connection(), reaped.principal(), reaped.gateway());
        LifecycleEvent gone = new ClientDisconnected(lost, null, GATEWAY_LOST, GATEWAY_LOST);
        order.happened(
                lost.clientId(),
                reaped.erased() ? List.of(gone, new SessionTerminated(lost, GATEWAY_LOST)) : List.of(gone));
    }

    @Override
    public void expired(Erased erased) {
        if (isHeard()) {
            Subject gone = subject(erased.ref(), erased.principal(), gatewayId.get());
            order.happened(erased.clientId(), List.of(new SessionTerminated(gone, EXPIRED)));
        }
    }

    private Subject subject(SessionRef ref, String principal, String gateway) {
        return new Subject(ref.clientId(), principal, gateway, ref.epoch(), clock.instant());
    }

    private void out(LifecycleEvent event) {
        for (ListenerQueue listener : listeners) {
            listener.offer(event);
        }
    }

    /** Tells what waits, for a bounded time, and ends the listeners' threads. */
    @Override
    public void close() {
        listeners.forEach(ListenerQueue::close);
    }
}
