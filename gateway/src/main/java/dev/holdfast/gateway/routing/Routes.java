// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.config.SessionConfig.SharedStrategy;
import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.gateway.topic.SharedFilter;
import dev.holdfast.gateway.topic.SubscriptionTrie;
import dev.holdfast.store.Subscription;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Who wants what: the subscriptions of all sessions that this gateway delivers to. Safe on any thread. */
public final class Routes {
    private final SubscriptionTrie<Object, RouteEntry> trie = new SubscriptionTrie<>();
    private final ConcurrentHashMap<String, SharedGroup> groups = new ConcurrentHashMap<>();
    private final AtomicLong moves = new AtomicLong();
    private final AtomicLong subscriptions = new AtomicLong();
    private final SharedStrategy strategy;

    /**
     * Empty routes.
     *
     * @param strategy which member of a shared subscription is tried first
     */
    public Routes(SharedStrategy strategy) {
        this.strategy = strategy;
    }

    /** Adds a subscription, or replaces the one of this slot with the same filter [MQTT-3.8.4-3]. */
    public void subscribe(SessionSlot slot, Subscription subscription) {
        if (slot.subscription(subscription.filter()) == null) {
            subscriptions.incrementAndGet();
        }
        slot.subscribed(subscription);
        route(slot, subscription);
    }

    /** Puts the subscriptions of a slot that has just come to this gateway into the routes. */
    public void arrived(SessionSlot slot) {
        for (Subscription subscription : slot.subscriptions()) {
            subscriptions.incrementAndGet();
            route(slot, subscription);
        }
    }

    /** Notes that a session has come to or gone from a thread: what was compiled before does not hold. */
    public void moved() {
        moves.incrementAndGet();
    }

    /** Removes a subscription. */
    public void unsubscribe(SessionSlot slot, String filter) {
        if (slot.subscription(filter) != null) {
            slot.unsubscribed(filter);
            unroute(slot, filter);
        }
    }

    /** Removes all subscriptions of a session that is gone. */
    public void gone(SessionSlot slot) {
        for (Subscription subscription : slot.subscriptions()) {
            unsubscribe(slot, subscription.filter());
        }
    }

    /** How many members the shared subscription of this filter has. */
    public int groupSize(String filter) {
        SharedGroup group = groups.get(filter);
        return group == null ? 0 : group.size();
    }

    /** How many subscriptions there are. */
    public long size() {
        return subscriptions.get();
    }

    /** Grows with every change that makes an {@link Audience} out of date. */
    long version() {
        return trie.version() + moves.get();
    }

    /** Everyone whose subscriptions match a topic now. */
    Audience audience(String topic, int threads) {
        long version = version();
        Audience.Compiler compiler = new Audience.Compiler();
        trie.match(topic, compiler);
        return compiler.compile(version, threads);
    }

    private void route(SessionSlot slot, Subscription subscription) {
        String filter = subscription.filter();
        Route route = new Route(slot, subscription);
        SharedFilter shared = SharedFilter.parse(filter);
        if (shared == null) {
            trie.put(filter, slot, route);
            return;
        }
        groups.compute(filter, (name, known) -> {
            SharedGroup group = known == null ? new SharedGroup(strategy) : known;
            group.join(route);
            if (known == null) {
                trie.put(shared.filter(), filter, group);
            }
            return group;
        });
    }

    private void unroute(SessionSlot slot, String filter) {
        subscriptions.decrementAndGet();
        SharedFilter shared = SharedFilter.parse(filter);
        if (shared == null) {
            trie.remove(filter, slot);
            return;
        }
        groups.computeIfPresent(filter, (name, group) -> {
            group.leave(slot);
            if (group.size() > 0) {
                return group;
            }
            trie.remove(shared.filter(), filter);
            return null;
        });
    }
}
