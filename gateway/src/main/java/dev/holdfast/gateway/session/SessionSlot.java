// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The place of one session in this gateway's routes: it outlives the connections of a kept session, so that
 * the routes need not change when the client comes and goes. Equal only to itself.
 */
public final class SessionSlot {
    private static final Subscription[] NONE = {};
    private static final AtomicIntegerFieldUpdater<SessionSlot> QUEUING =
            AtomicIntegerFieldUpdater.newUpdater(SessionSlot.class, "queuing");
    private static final AtomicLongFieldUpdater<SessionSlot> QUEUED_UP_TO =
            AtomicLongFieldUpdater.newUpdater(SessionSlot.class, "queuedUpTo");
    private static final int MOST_IN_AN_ARRAY = 16;
    /** The slot, its place in the table of all, its client identifier and the array of its subscriptions. */
    private static final int OWN_BYTES = 160;

    private final String clientId;
    private final boolean kept;
    private final long born;
    /**
     * The {@code Subscription} itself if it is the only one, as in most sessions, a {@code Subscription[]} while they are few, a
     * {@code ConcurrentHashMap} by filter when they are many: a client with a thousand of them is not to cost a scan for each.
     */
    private volatile Object subscriptions = NONE;

    private volatile @Nullable Session live;
    private volatile @Nullable String owner;
    private volatile @Nullable String lastOwner;
    /** The highest position of the queue that this gateway has heard of. */
    private volatile long queuedUpTo;
    /** QoS 0 messages on their way into the queue, of which the live session has not been told. */
    private volatile int queuing;

    /**
     * A slot without a connection.
     *
     * @param clientId the client identifier
     * @param kept whether its session outlives its connection, and so has a queue in the store
     * @param born the epoch of the attach with which its session began
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

    /** What it costs in memory, its subscriptions aside. */
    int heldBytes() {
        return bytesOf(clientId);
    }

    /** What the slot of a client identifier costs in memory, its subscriptions aside. */
    public static int bytesOf(String clientId) {
        return OWN_BYTES + clientId.length();
    }

    /** Whether the session outlives its connection, and so has a queue in the store. */
    public boolean isKept() {
        return kept;
    }

    /** The epoch of the attach with which its session began: another session of that name has another slot. */
    public long born() {
        return born;
    }

    /** The session of the connection at this gateway, or null; readable on any thread. */
    public @Nullable Session live() {
        return live;
    }

    /** The gateway that was last seen to have the connection of a kept session, or null; a hint. */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * The gateway that last had the connection, whether it has it still, or null; a hint. QoS 0 messages go on to go there,
     * which queues them if need be: those that are on their way to it are not to be overtaken.
     */
    public @Nullable String lastOwner() {
        return lastOwner;
    }

    /** Notes where the connection is. */
    public void owner(@Nullable String gateway) {
        owner = gateway;
        if (gateway != null) {
            lastOwner = gateway;
        }
    }

    /** What the session subscribes to; a snapshot, readable on any thread. */
    public List<Subscription> subscriptions() {
        Object held = subscriptions;
        if (held instanceof Subscription one) {
            return List.of(one);
        }
        return held instanceof Subscription[] few
                ? List.of(few)
                : List.copyOf(many(held).values());
    }

    /** How many subscriptions it has. */
    public int subscriptionCount() {
        Object held = subscriptions;
        if (held instanceof Subscription) {
            return 1;
        }
        return held instanceof Subscription[] few ? few.length : many(held).size();
    }

    /** Whether one of its subscriptions is shared (MQTT 5.0 section 4.8.2). */
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

    /** Notes a subscription, in place of one with the same filter; answers whether there was none. */
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

    /** Forgets the subscription with this filter; says whether there was one. */
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

    @SuppressWarnings("unchecked") // it is this map whenever it is no array
    private static ConcurrentHashMap<String, Subscription> many(Object held) {
        return (ConcurrentHashMap<String, Subscription>) held;
    }

    /** Puts a connection's session in; the registry calls it, one call at a time. */
    void occupy(@Nullable Session session) {
        live = session;
        if (session != null) {
            lastOwner = null;
        }
        if (session instanceof StoredSession stored) {
            stored.expect(queuedUpTo); // after it is visible: see reaches
        }
    }

    // ---- what has come into its queue; any thread

    /**
     * Has the live session take note of a position of its queue, on its thread. A session that has entered since it was
     * asked for, or enters from now on, knows that its queue reaches so far.
     */
    public void toLive(long seq, Consumer<StoredSession> note) {
        StoredSession session = reaches(seq);
        if (session != null) {
            onThreadOf(session, note);
        }
    }

    /**
     * Notes that the queue reaches to a position, and answers who is to be told of it, if anybody is: a session that
     * enters either finds the note or is found here.
     */
    public @Nullable StoredSession reaches(long seq) {
        long known = queuedUpTo;
        while (known < seq && !QUEUED_UP_TO.compareAndSet(this, known, seq)) {
            known = queuedUpTo;
        }
        return live instanceof StoredSession session ? session : null;
    }

    private static void onThreadOf(StoredSession session, Consumer<StoredSession> note) {
        if (session.thread().isCurrent()) {
            note.accept(session);
        } else {
            session.thread().execute(() -> note.accept(session));
        }
    }

    /**
     * A QoS 0 message is about to be queued: until {@link #queued} those that follow are queued behind it, so that none
     * overtakes it [MQTT-4.6.0-6].
     */
    public void queuing() {
        QUEUING.incrementAndGet(this);
    }

    /** Whether QoS 0 messages are on their way into the queue. */
    public boolean isQueuing() {
        return queuing > 0;
    }

    /** A QoS 0 message was queued at a position, and the live session is told of it as by {@link #toLive}. */
    public void queued(long seq, Consumer<StoredSession> note) {
        StoredSession session = reaches(seq);
        if (session != null) {
            onThreadOf(session, receiver -> {
                note.accept(receiver);
                QUEUING.decrementAndGet(this);
            });
        } else {
            QUEUING.decrementAndGet(this);
        }
    }

    /** A QoS 0 message was not queued, or another gateway has been told of it. */
    public void notQueuedHere() {
        QUEUING.decrementAndGet(this);
    }
}
