// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.session.outbound.SessionPlace;
import dev.holdfast.gateway.session.outbound.SharedOrigin;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The place of one session in this gateway's routes. The slot of a kept session outlives the connections, so that the
 * routes need not change when the client comes and goes. Equal only to itself. Any thread.
 *
 * <p>A gateway has a slot for each kept session of the cluster: 40 bytes, and the bytes of the client identifier.
 */
public final class SessionSlot implements SessionPlace {
    private static final Route[] NONE = {};
    private static final int MOST_IN_AN_ARRAY = 16;
    /** The slot with its place in the table of all slots, and what has been heard of it; the client identifier aside. */
    private static final int OWN_BYTES = 112;

    private final byte[] clientId;
    private final boolean kept;
    private final long born;
    private volatile boolean withdrawn;
    /**
     * The {@code Route} itself if there is only one, as in most sessions; a {@code Route[]} while there are few; a
     * {@code ConcurrentHashMap} by filter when there are many, so that none has to be searched for among a thousand.
     */
    private volatile Object routes = NONE;

    private volatile @Nullable Session live;
    /** Null as long as nothing has been heard, as of most sessions that a gateway finds when it starts. */
    private volatile @Nullable Hearsay heard;

    /** What has been heard of a session that is kept: which gateway has its connection, and what is in its queue. */
    private static final class Hearsay {
        private static final AtomicIntegerFieldUpdater<Hearsay> QUEUING =
                AtomicIntegerFieldUpdater.newUpdater(Hearsay.class, "queuing");
        private static final AtomicLongFieldUpdater<Hearsay> QUEUED_UP_TO =
                AtomicLongFieldUpdater.newUpdater(Hearsay.class, "queuedUpTo");

        private volatile @Nullable String owner;
        private volatile @Nullable String lastOwner;
        /** The highest position of the queue that this gateway has heard of. */
        private volatile long queuedUpTo;
        /** How many QoS 0 messages are on their way into the queue, the live session not having been told of them. */
        private volatile int queuing;
    }

    /**
     * A slot without a connection.
     *
     * @param clientId the client identifier
     * @param kept whether the session outlives its connection, and so has a queue in the store
     * @param born the epoch of the attach with which the session began
     */
    public SessionSlot(String clientId, boolean kept, long born) {
        this.clientId = encoded(clientId);
        this.kept = kept;
        this.born = born;
    }

    /** A client identifier as a slot keeps it: most are ASCII, and a {@code String} is 24 bytes more. */
    static byte[] encoded(String clientId) {
        return clientId.getBytes(StandardCharsets.UTF_8);
    }

    /** The client identifier; made anew at each call while the client is not connected here. */
    public String clientId() {
        Session session = live;
        return session == null ? new String(clientId, StandardCharsets.UTF_8) : session.clientId();
    }

    /** The client identifier as {@link #encoded}; not to be changed. */
    byte[] encodedClientId() {
        return clientId;
    }

    /** What this slot costs in memory, its subscriptions aside, in bytes. */
    int heldBytes() {
        return OWN_BYTES + clientId.length;
    }

    /** What the slot of a client identifier costs in memory, its subscriptions aside, in bytes. */
    public static int bytesOf(String clientId) {
        return OWN_BYTES + encoded(clientId).length;
    }

    /** Whether the session outlives its connection, and so has a queue in the store. */
    public boolean isKept() {
        return kept;
    }

    /** The epoch of the attach with which the session began. Another session of the same name has another slot. */
    public long born() {
        return born;
    }

    /** Notes that the session is gone: nothing is delivered to it, though some of its routes may still be there. */
    public void withdraw() {
        withdrawn = true;
    }

    /** Whether the session is gone, so that nothing is delivered to it any more. */
    public boolean isWithdrawn() {
        return withdrawn;
    }

    /** The session of the connection at this gateway, or null. */
    public @Nullable Session live() {
        return live;
    }

    /** The gateway that has the connection of a kept session, as far as is known here, or null. */
    public @Nullable String owner() {
        Hearsay known = heard;
        return known == null ? null : known.owner;
    }

    /**
     * The gateway that last had the connection, whether it still has it or not, as far as is known here; or null. QoS 0
     * messages keep going to that gateway, which queues them if need be: they must not overtake those that are on their way
     * to it.
     */
    public @Nullable String lastOwner() {
        Hearsay known = heard;
        return known == null ? null : known.lastOwner;
    }

    /** Notes which gateway has the connection; null if none has. */
    public void owner(@Nullable String gateway) {
        Hearsay known = gateway == null ? heard : heard();
        if (known != null) {
            known.owner = gateway;
        }
        if (known != null && gateway != null) {
            known.lastOwner = gateway;
        }
    }

    private Hearsay heard() {
        Hearsay known = heard;
        return known == null ? firstHeard() : known;
    }

    private synchronized Hearsay firstHeard() {
        Hearsay known = heard;
        if (known == null) {
            known = new Hearsay();
            heard = known;
        }
        return known;
    }

    /** What the session subscribes to now, as it is routed. */
    public List<Route> routes() {
        Object held = routes;
        if (held instanceof Route one) {
            return List.of(one);
        }
        return held instanceof Route[] few
                ? List.of(few)
                : List.copyOf(many(held).values());
    }

    /** What the session subscribes to now. */
    public List<Subscription> subscriptions() {
        return routes().stream().map(Route::subscription).toList();
    }

    /** How many subscriptions the session has. */
    public int subscriptionCount() {
        Object held = routes;
        if (held instanceof Route) {
            return 1;
        }
        return held instanceof Route[] few ? few.length : many(held).size();
    }

    /** Whether one of the subscriptions is shared (MQTT 5.0 section 4.8.2). */
    public boolean isShared() {
        return routes().stream().anyMatch(each -> each.filter().startsWith("$share/"));
    }

    /** The subscription with exactly this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        Route known = route(filter);
        return known == null ? null : known.subscription();
    }

    /** Whether there is a subscription with exactly this filter. */
    public boolean hasSubscription(String filter) {
        return route(filter) != null;
    }

    private @Nullable Route route(String filter) {
        Object held = routes;
        if (held instanceof Route one) {
            return one.filter().equals(filter) ? one : null;
        }
        if (held instanceof Route[] few) {
            for (Route known : few) {
                if (known.filter().equals(filter)) {
                    return known;
                }
            }
            return null;
        }
        return many(held).get(filter);
    }

    /** Notes a subscription, in place of one with the same filter. Answers whether there was none. */
    public synchronized boolean subscribed(Route route) {
        boolean isNew = !hasSubscription(route.filter());
        Object held = routes;
        if (held == NONE || (held instanceof Route one && one.filter().equals(route.filter()))) {
            routes = route;
        } else if (held instanceof Route one) {
            routes = new Route[] {one, route};
        } else if (!(held instanceof Route[] few)) {
            many(held).put(route.filter(), route);
        } else if (few.length < MOST_IN_AN_ARRAY) {
            List<Route> all = new ArrayList<>(List.of(few));
            all.removeIf(known -> known.filter().equals(route.filter()));
            all.add(route);
            routes = all.toArray(NONE);
        } else {
            ConcurrentHashMap<String, Route> all = new ConcurrentHashMap<>();
            for (Route known : few) {
                all.put(known.filter(), known);
            }
            all.put(route.filter(), route);
            routes = all;
        }
        return isNew;
    }

    /** Forgets the subscription with this filter. Answers whether there was one. */
    public synchronized boolean unsubscribed(String filter) {
        Object held = routes;
        if (held instanceof Route one) {
            boolean isIt = one.filter().equals(filter);
            if (isIt) {
                routes = NONE;
            }
            return isIt;
        }
        if (!(held instanceof Route[] few)) {
            ConcurrentHashMap<String, Route> all = many(held);
            boolean existed = all.remove(filter) != null;
            if (all.size() < MOST_IN_AN_ARRAY / 2) {
                routes = all.values().toArray(NONE);
            }
            return existed;
        }
        List<Route> rest = new ArrayList<>(List.of(few));
        boolean existed = rest.removeIf(known -> known.filter().equals(filter));
        routes = rest.isEmpty() ? NONE : rest.size() == 1 ? rest.get(0) : rest.toArray(NONE);
        return existed;
    }

    @SuppressWarnings("unchecked") // what is neither one nor few is this map
    private static ConcurrentHashMap<String, Route> many(Object held) {
        return (ConcurrentHashMap<String, Route>) held;
    }

    /** Sets the live session. Called by the registry, one call at a time. */
    void occupy(@Nullable Session session) {
        live = session;
        Hearsay known = heard;
        if (session != null && known != null) {
            known.lastOwner = null;
            session.outbound().reaches(known.queuedUpTo); // after the session is visible: see reaches
        }
    }

    // ---- what the store has put into its queue; any thread

    /**
     * The store has put a message into the queue: the live session, if there is one, takes note of it on its thread. A
     * session that enters later knows that its queue reaches to the message.
     *
     * @param seq the position of the message
     * @param hasDropped whether the queue limit has taken other messages for it
     */
    public void queued(long seq, EnqueueTarget target, Message message, boolean hasDropped) {
        Session session = reaches(seq);
        if (session == null) {
            return;
        }
        if (session.thread().isCurrent()) { // not SessionThread.run: no object for a task that runs at once
            session.outbound().queued(seq, message, target, hasDropped, null);
        } else {
            session.thread().execute(() -> session.outbound().queued(seq, message, target, hasDropped, null));
        }
    }

    /**
     * Notes that the queue reaches to a position, and answers which session is to be told of it, or null. A session that
     * enters at the same time either finds this note or is found here.
     */
    public @Nullable Session reaches(long seq) {
        Hearsay its = heard();
        long known = its.queuedUpTo;
        while (known < seq && !Hearsay.QUEUED_UP_TO.compareAndSet(its, known, seq)) {
            known = its.queuedUpTo;
        }
        return live;
    }

    @Override
    public boolean isAway() {
        return live == null;
    }

    @Override
    public void queuing() {
        Hearsay.QUEUING.incrementAndGet(heard());
    }

    @Override
    public boolean isQueuing() {
        Hearsay known = heard;
        return known != null && known.queuing > 0;
    }

    @Override
    public void queuedQos0(Enqueued stored, EnqueueTarget target, Message message, @Nullable SharedOrigin origin) {
        Session session = reaches(stored.seq());
        if (session == null) {
            Hearsay.QUEUING.decrementAndGet(heard());
            return;
        }
        session.thread().run(() -> {
            session.outbound().queued(stored.seq(), message, target, stored.dropped() > 0, origin);
            Hearsay.QUEUING.decrementAndGet(heard());
        });
    }

    @Override
    public void notQueuedHere() {
        Hearsay.QUEUING.decrementAndGet(heard());
    }
}
