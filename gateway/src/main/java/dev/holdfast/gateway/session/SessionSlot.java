// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The place of one session in this gateway's routes. The slot of a kept session outlives the connections, so that the
 * routes need not change when the client comes and goes. Equal only to itself. Any thread.
 */
public final class SessionSlot {
    private static final Subscription[] NONE = {};
    private static final AtomicIntegerFieldUpdater<SessionSlot> QUEUING =
            AtomicIntegerFieldUpdater.newUpdater(SessionSlot.class, "queuing");
    private static final AtomicLongFieldUpdater<SessionSlot> QUEUED_UP_TO =
            AtomicLongFieldUpdater.newUpdater(SessionSlot.class, "queuedUpTo");
    private static final int MOST_IN_AN_ARRAY = 16;
    /** The slot with its entry in the table of all slots and the array of its subscriptions; the client identifier aside. */
    private static final int OWN_BYTES = 160;

    private final String clientId;
    private final boolean kept;
    private final long born;
    /**
     * The {@code Subscription} itself if there is only one, as in most sessions; a {@code Subscription[]} while there are few;
     * a {@code ConcurrentHashMap} by filter when there are many, so that none has to be searched for among a thousand.
     */
    private volatile Object subscriptions = NONE;

    private volatile @Nullable Session live;
    private volatile @Nullable String owner;
    private volatile @Nullable String lastOwner;
    /** The highest position of the queue that this gateway has heard of. */
    private volatile long queuedUpTo;
    /** How many QoS 0 messages are on their way into the queue, the live session not having been told of them. */
    private volatile int queuing;

    /**
     * A slot without a connection.
     *
     * @param clientId the client identifier
     * @param kept whether the session outlives its connection, and so has a queue in the store
     * @param born the epoch of the attach with which the session began
     */
    public SessionSlot(String clientId, boolean kept, long born) {
        this.clientId = clientId;
        this.kept = kept;
        this.born = born;
    }

    /** The client identifier. */
    public String clientId() {
        return clientId;
    }

    /** What this slot costs in memory, its subscriptions aside, in bytes. */
    int heldBytes() {
        return bytesOf(clientId);
    }

    /** What the slot of a client identifier costs in memory, its subscriptions aside, in bytes. */
    public static int bytesOf(String clientId) {
        return OWN_BYTES + clientId.length();
    }

    /** Whether the session outlives its connection, and so has a queue in the store. */
    public boolean isKept() {
        return kept;
    }

    /** The epoch of the attach with which the session began. Another session of the same name has another slot. */
    public long born() {
        return born;
    }

    /** The session of the connection at this gateway, or null. */
    public @Nullable Session live() {
        return live;
    }

    /** The gateway that has the connection of a kept session, as far as is known here, or null. */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * The gateway that last had the connection, whether it still has it or not, as far as is known here; or null. QoS 0
     * messages keep going to that gateway, which queues them if need be: they must not overtake those that are on their way
     * to it.
     */
    public @Nullable String lastOwner() {
        return lastOwner;
    }

    /** Notes which gateway has the connection; null if none has. */
    public void owner(@Nullable String gateway) {
        owner = gateway;
        if (gateway != null) {
            lastOwner = gateway;
        }
    }

    /** What the session subscribes to now. */
    public List<Subscription> subscriptions() {
        Object held = subscriptions;
        if (held instanceof Subscription one) {
            return List.of(one);
        }
        return held instanceof Subscription[] few
                ? List.of(few)
                : List.copyOf(many(held).values());
    }

    /** How many subscriptions the session has. */
    public int subscriptionCount() {
        Object held = subscriptions;
        if (held instanceof Subscription) {
            return 1;
        }
        return held instanceof Subscription[] few ? few.length : many(held).size();
    }

    /** Whether one of the subscriptions is shared (MQTT 5.0 section 4.8.2). */
    public boolean isShared() {
        return subscriptions().stream().anyMatch(each -> each.filter().startsWith("$share/"));
    }

    /** The subscription with exactly this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        Object held = subscriptions;
        if (held instanceof Subscription one) {
            return one.filter().equals(filter) ? one : null;
        }
        if (held instanceof Subscription[] few) {
            for (Subscription known : few) {
                if (known.filter().equals(filter)) {
                    return known;
                }
            }
            return null;
        }
        return many(held).get(filter);
    }

    /** Notes a subscription, in place of one with the same filter. Answers whether there was none. */
    public synchronized boolean subscribed(Subscription subscription) {
        boolean isNew = subscription(subscription.filter()) == null;
        Object held = subscriptions;
        if (held == NONE || (held instanceof Subscription one && one.filter().equals(subscription.filter()))) {
            subscriptions = subscription;
        } else if (held instanceof Subscription one) {
            subscriptions = new Subscription[] {one, subscription};
        } else if (!(held instanceof Subscription[] few)) {
            many(held).put(subscription.filter(), subscription);
        } else if (few.length < MOST_IN_AN_ARRAY) {
            List<Subscription> all = new ArrayList<>(List.of(few));
            all.removeIf(known -> known.filter().equals(subscription.filter()));
            all.add(subscription);
            subscriptions = all.toArray(NONE);
        } else {
            ConcurrentHashMap<String, Subscription> all = new ConcurrentHashMap<>();
            for (Subscription known : few) {
                all.put(known.filter(), known);
            }
            all.put(subscription.filter(), subscription);
            subscriptions = all;
        }
        return isNew;
    }

    /** Forgets the subscription with this filter. Answers whether there was one. */
    public synchronized boolean unsubscribed(String filter) {
        Object held = subscriptions;
        if (held instanceof Subscription one) {
            boolean isIt = one.filter().equals(filter);
            if (isIt) {
                subscriptions = NONE;
            }
            return isIt;
        }
        if (!(held instanceof Subscription[] few)) {
            ConcurrentHashMap<String, Subscription> all = many(held);
            boolean existed = all.remove(filter) != null;
            if (all.size() < MOST_IN_AN_ARRAY / 2) {
                subscriptions = all.values().toArray(NONE);
            }
            return existed;
        }
        List<Subscription> rest = new ArrayList<>(List.of(few));
        boolean existed = rest.removeIf(known -> known.filter().equals(filter));
        subscriptions = rest.isEmpty() ? NONE : rest.size() == 1 ? rest.get(0) : rest.toArray(NONE);
        return existed;
    }

    @SuppressWarnings("unchecked") // what is neither one nor few is this map
    private static ConcurrentHashMap<String, Subscription> many(Object held) {
        return (ConcurrentHashMap<String, Subscription>) held;
    }

    /** Sets the live session. Called by the registry, one call at a time. */
    void occupy(@Nullable Session session) {
        live = session;
        if (session != null) {
            lastOwner = null;
        }
        if (session != null) {
            session.backlog.reaches(queuedUpTo); // after the session is visible: see reaches
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
        if (session.thread().isCurrent()) {
            session.queued(seq, message, target, hasDropped, null);
        } else {
            session.thread().execute(() -> session.queued(seq, message, target, hasDropped, null));
        }
    }

    /**
     * Notes that the queue reaches to a position, and answers which session is to be told of it, or null. A session that
     * enters at the same time either finds this note or is found here.
     */
    public @Nullable Session reaches(long seq) {
        long known = queuedUpTo;
        while (known < seq && !QUEUED_UP_TO.compareAndSet(this, known, seq)) {
            known = queuedUpTo;
        }
        return live;
    }

    /**
     * A QoS 0 message is about to be queued. Those that follow are queued behind it until {@link #queuedQos0} or
     * {@link #notQueuedHere}, so that none overtakes it [MQTT-4.6.0-6].
     */
    public void queuing() {
        QUEUING.incrementAndGet(this);
    }

    /** Whether QoS 0 messages are on their way into the queue. */
    public boolean isQueuing() {
        return queuing > 0;
    }

    /** The store has put a QoS 0 message into the queue; the live session is told as by {@link #queued}. */
    public void queuedQos0(Enqueued stored, EnqueueTarget target, Message message, @Nullable SharedOrigin origin) {
        Session session = reaches(stored.seq());
        if (session == null) {
            QUEUING.decrementAndGet(this);
            return;
        }
        session.onThread(() -> {
            session.queued(stored.seq(), message, target, stored.dropped() > 0, origin);
            QUEUING.decrementAndGet(this);
        });
    }

    /** A QoS 0 message was not queued, or another gateway has been told of it. */
    public void notQueuedHere() {
        QUEUING.decrementAndGet(this);
    }
}
