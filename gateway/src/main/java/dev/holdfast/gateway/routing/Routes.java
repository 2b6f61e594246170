// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.session.Neighbours;
import dev.holdfast.gateway.session.Route;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.log.WideFilters;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.gateway.topic.SubscriptionTrie;
import dev.holdfast.gateway.topic.TrieEntry;
import dev.holdfast.store.HeldMemory;
import dev.holdfast.store.HeldPart;
import dev.holdfast.store.Subscription;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Who wants what: the subscriptions of all sessions that this gateway delivers to. Safe on any thread. */
public final class Routes implements WideFilters {
    /** What one subscription costs in memory, in bytes, with its route, trie node and places in lists; without its filter. */
    private static final int ROUTE_BYTES = 128;
    /** How many subscriptions are removed in one slice of some 0.1 ms. */
    private static final int GONE_AT_ONCE = 32;

    private final SubscriptionTrie<TrieEntry> trie = new SubscriptionTrie<>();
    private final ConcurrentHashMap<String, SharedGroup> groups = new ConcurrentHashMap<>();
    private final AtomicLong moves = new AtomicLong();
    private final AtomicLong subscriptions = new AtomicLong();
    private final SharedStrategy strategy;
    private final Neighbours neighbours;
    private final HeldPart held;
    /** From how many subscriptions on a filter gets a log; 0 for never. */
    private final int wideFrom;
    /** The logs in the routes, and how often each has been told of: one that ends may have begun again meanwhile. */
    private final ConcurrentHashMap<String, Integer> logs = new ConcurrentHashMap<>();

    private volatile boolean hasHadLogs;
    /** Logs of which all other gateways have been told by this one, and with which index each began. */
    private final ConcurrentHashMap<String, Long> announced = new ConcurrentHashMap<>();

    /**
     * Empty routes.
     *
     * @param strategy which member of a shared subscription is tried first
     * @param neighbours are told what changes here
     * @param memory the account of what is held for clients
     * @param wideFrom from how many subscriptions on a filter gets a log; 0 for never
     */
    public Routes(SharedStrategy strategy, Neighbours neighbours, HeldMemory memory, int wideFrom) {
        this.wideFrom = wideFrom;
        this.held = new HeldPart(memory, HeldMemory.Kind.SUBSCRIPTIONS);
        this.strategy = strategy;
        this.neighbours = neighbours;
    }

    /**
     * Adds a subscription of a live session, or replaces the one of this slot with the same filter [MQTT-3.8.4-3];
     * {@link #settled} says when the other gateways have it.
     */
    public void subscribe(SessionSlot slot, Subscription subscription) {
        boolean isNew = !slot.hasSubscription(subscription.filter());
        put(slot, subscription);
        if (isNew || slot.isKept()) {
            neighbours.subscribed(slot, subscription);
        }
    }

    /** Done when every living gateway routes by all changes made here before this call, or when the wait has been given up. */
    public CompletableFuture<?> settled() {
        return neighbours.settled();
    }

    /** Adds a subscription that another gateway has told of, unless the session is gone by now. */
    public void learn(SessionSlot slot, Subscription subscription) {
        put(slot, subscription);
        String filter = subscription.filter();
        // Whoever has the session go, perhaps on another thread, takes out what was there before: nobody would take out
        // this.
        if (slot.isWithdrawn() && !forget(slot, filter)) {
            takeOut(slot, filter);
        }
    }

    private void put(SessionSlot slot, Subscription subscription) {
        Route route = new Route(slot, subscription);
        if (slot.subscribed(route)) {
            subscriptions.incrementAndGet();
            held.add(bytesOf(subscription.filter()));
        }
        route(route);
    }

    /**
     * Puts the stored subscriptions of a session whose slot has just come to this gateway into the routes, unless the session
     * is gone by now. If there are any, this gateway had not been told of them, and others may not have been either.
     */
    public void arrived(SessionSlot slot, List<Subscription> stored) {
        if (align(slot, stored)) {
            neighbours.doubted(slot.clientId());
        }
    }

    /**
     * Brings the routes of a slot in line with what its session subscribes to, without a moment in which a subscription
     * that stays is missing.
     *
     * @return whether they were not
     */
    public boolean align(SessionSlot slot, List<Subscription> wanted) {
        if (slot.subscriptionCount() == 0) {
            wanted.forEach(subscription -> learn(slot, subscription));
            return !wanted.isEmpty();
        }
        if (slot.subscriptions().equals(wanted)) {
            return false;
        }
        boolean changed = false;
        Set<String> filters = new HashSet<>();
        for (Subscription subscription : wanted) {
            filters.add(subscription.filter());
            if (!subscription.equals(slot.subscription(subscription.filter()))) {
                learn(slot, subscription);
                changed = true;
            }
        }
        for (Subscription known : slot.subscriptions()) {
            if (!filters.contains(known.filter())) {
                changed |= forget(slot, known.filter());
            }
        }
        return changed;
    }

    /**
     * A session has been resumed at this gateway: its slot may not have heard of everything, and those of the others
     * then neither.
     */
    public void resumed(SessionSlot slot, List<Subscription> stored) {
        if (neighbours.mayExist() && align(slot, stored)) {
            neighbours.doubted(slot.clientId());
        }
    }

    /**
     * A connection has ended before its routes could be changed as the store already has them: all gateways look there.
     */
    public void leftBehind(SessionSlot slot) {
        if (slot.isKept()) {
            neighbours.doubted(slot.clientId());
        }
    }

    /**
     * Notes how many clean sessions of another gateway subscribe to a filter.
     *
     * @param count of a shared subscription; otherwise 0 or more than that
     */
    public void elsewhere(String gateway, String filter, int count) {
        SharedFilter shared = SharedFilter.parse(filter);
        if (shared == null) {
            if (count > 0) {
                if (trie.put(new RemoteRoute(gateway, filter)) == null) {
                    held.add(bytesOf(filter));
                }
            } else if (trie.remove(filter, gateway) != null) {
                held.add(-bytesOf(filter));
            }
            return;
        }
        groups.compute(filter, (name, known) -> {
            if (known == null && count == 0) {
                return null;
            }
            SharedGroup group = known == null ? new SharedGroup(strategy, shared, filter) : known;
            group.elsewhere(new RemoteRoute(gateway, filter), count);
            if (group.isEmpty()) {
                if (known != null) {
                    trie.remove(shared.filter(), filter);
                    held.add(-bytesOf(filter));
                }
                return null;
            }
            if (known == null) {
                held.add(bytesOf(filter));
                trie.put(group);
            }
            return group;
        });
    }

    /** The shared subscription with this filter, or null. */
    @Nullable
    SharedGroup group(String filter) {
        return groups.get(filter);
    }

    // ---- wide filters

    /** Whether a new subscription is to read a log: there is one, or so many have subscribed that there is to be one. */
    @Override
    public boolean isWide(String filter) {
        return wideFrom > 0
                && SharedFilter.parse(filter) == null
                && (logs.containsKey(filter) || trie.count(filter) + 1 >= wideFrom);
    }

    /** Has messages that match this filter appended to its log, here and, once {@link #settled} is done, at every gateway. */
    @Override
    public void hasLog(String filter, long begun) {
        learnLog(filter);
        Long told = announced.put(filter, begun);
        if (told == null || told != begun) {
            neighbours.logBegun(filter);
        }
    }

    /** Logs that are read here are told to the others again. */
    @Override
    public void doubted() {
        announced.clear();
    }

    /** Has messages that match this filter appended to its log, of which another gateway or the store has told. */
    public void learnLog(String filter) {
        hasHadLogs = true;
        if (logs.merge(filter, 1, Integer::sum) == 1) {
            trie.put(new LogRoute(filter));
            held.add(bytesOf(filter));
        }
    }

    /** How often a log has been told of; 0 if there is none. */
    public int timesTold(String filter) {
        return logs.getOrDefault(filter, 0);
    }

    /**
     * A log has ended, as it seems: forgets it, unless it has been told of again.
     *
     * @param timesTold what {@link #timesTold} said before the store was asked
     */
    public void logEnded(String filter, int timesTold) {
        announced.remove(filter);
        if (logs.remove(filter, timesTold)) {
            trie.remove(filter, LogRoute.THE_LOG);
            held.add(-bytesOf(filter));
        }
    }

    /** Whether there has ever been a log. */
    boolean hasHadLogs() {
        return hasHadLogs;
    }

    /** How many filters have a log. */
    public int logCount() {
        return logs.size();
    }

    /** Notes that a session has come to or left a thread: audiences compiled before are out of date. */
    public void moved() {
        moves.incrementAndGet();
    }

    /** Removes a subscription of a live session. */
    public void unsubscribe(SessionSlot slot, String filter) {
        if (forget(slot, filter)) {
            neighbours.unsubscribed(slot, filter);
        }
    }

    /** Removes a subscription that another gateway has told of; says whether there was one. */
    public boolean forget(SessionSlot slot, String filter) {
        if (!slot.unsubscribed(filter)) {
            return false;
        }
        subscriptions.decrementAndGet();
        held.add(-bytesOf(filter));
        takeOut(slot, filter);
        return true;
    }

    /**
     * Removes all subscriptions of a session that is gone. Where there are many, in slices of the thread's time; nothing is delivered
     * to the session from this call on. The caller tells the neighbours if it has ended a kept session.
     *
     * @param thread the caller's
     */
    public void gone(SessionSlot slot, SessionThread thread) {
        BooleanSupplier going = going(slot);
        if (!going.getAsBoolean()) {
            thread.gradually(slot, going);
        }
    }

    /**
     * The same, as slices of something longer: nothing is delivered to the session from this call on.
     *
     * @return removes a part, which takes some 0.1 ms, and answers whether that was the last one; to be asked on one thread
     */
    public BooleanSupplier going(SessionSlot slot) {
        slot.withdraw();
        moved();
        Iterator<Route> all = slot.routes().iterator();
        return () -> removeSome(slot, all);
    }

    /** Answers whether those were the last. */
    private boolean removeSome(SessionSlot slot, Iterator<Route> all) {
        for (int i = 0; i < GONE_AT_ONCE && all.hasNext(); i++) {
            String filter = all.next().filter();
            if (forget(slot, filter) && !slot.isKept()) {
                neighbours.unsubscribed(slot, filter);
            }
        }
        return !all.hasNext();
    }

    /** How many members the shared subscription of this filter has. */
    public int groupSize(String filter) {
        SharedGroup group = groups.get(filter);
        return group == null ? 0 : group.size();
    }

    /** How many subscriptions are routed, shared ones and those of other gateways' clean sessions included. */
    public long remembered() {
        return subscriptions.get() + groups.size();
    }

    /** What a subscription with this filter costs in memory. */
    public static int bytesOf(String filter) {
        return ROUTE_BYTES + filter.length();
    }

    /** Whether this many more bytes fit into the memory for subscriptions. */
    public boolean hasRoom(long bytes) {
        return held.hasRoom(bytes);
    }

    /** Gives back what is held for all routes: the gateway ends. */
    public void letGo() {
        held.letGo();
    }

    /** How many subscriptions there are. */
    public long size() {
        return subscriptions.get();
    }

    /** Grows with every change that makes an {@link Audience} out of date. */
    long version() {
        return trie.version() + moves.get();
    }

    /** Finds everyone whose subscriptions match a topic, as fast as its caller wants. */
    AudienceCompiler audience(String topic, int threads) {
        long version = version();
        return new AudienceCompiler(version, trie.search(topic), threads);
    }

    /**
     * Who would get a message on a topic. Any thread but an I/O thread: there may be many.
     *
     * @param atMost how many sessions are told, and how many shared subscriptions and members of each
     */
    public Listeners listeners(String topic, int atMost) {
        Listeners.Collector collector = new Listeners.Collector(atMost);
        trie.match(topic, collector::accept);
        return collector.collected();
    }

    private void route(Route route) {
        String filter = route.filter();
        SharedFilter shared = SharedFilter.parse(filter);
        if (shared == null) {
            trie.put(route);
            return;
        }
        groups.compute(filter, (name, known) -> {
            SharedGroup group = known == null ? new SharedGroup(strategy, shared, filter) : known;
            group.join(route);
            if (known == null) {
                held.add(bytesOf(filter));
                trie.put(group);
            }
            return group;
        });
    }

    private void takeOut(SessionSlot slot, String filter) {
        SharedFilter shared = SharedFilter.parse(filter);
        if (shared == null) {
            trie.remove(filter, slot);
            return;
        }
        groups.computeIfPresent(filter, (name, group) -> {
            group.leave(slot);
            if (!group.isEmpty()) {
                return group;
            }
            trie.remove(shared.filter(), filter);
            held.add(-bytesOf(filter));
            return null;
        });
    }
}
