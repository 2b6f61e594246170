// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Subscription;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The place of one client identifier in this gateway's routes: it outlives the connections of a kept session, so that
 * the routes need not change when the client comes and goes. Equal only to itself.
 */
public final class SessionSlot {
    private static final Subscription[] NONE = {};

    private final String clientId;
    private final boolean kept;
    private volatile Subscription[] subscriptions = NONE;
    private volatile @Nullable Session live;
    private volatile @Nullable String owner;

    /**
     * A slot without a connection.
     *
     * @param clientId the client identifier
     * @param kept whether its session outlives its connection, and so has a queue in the store
     */
    public SessionSlot(String clientId, boolean kept) {
        this.clientId = clientId;
        this.kept = kept;
    }

    /** The client identifier. */
    public String clientId() {
        return clientId;
    }

    /** Whether the session outlives its connection, and so has a queue in the store. */
    public boolean isKept() {
        return kept;
    }

    /** The session of the connection at this gateway, or null; readable on any thread. */
    public @Nullable Session live() {
        return live;
    }

    /** The gateway that was last seen to have the connection of a kept session, or null; a hint. */
    public @Nullable String owner() {
        return owner;
    }

    /** Notes where the connection is. */
    public void owner(@Nullable String gateway) {
        owner = gateway;
    }

    /** What the session subscribes to; a snapshot, readable on any thread. */
    public List<Subscription> subscriptions() {
        return List.of(subscriptions);
    }

    /** How many subscriptions it has. */
    public int subscriptionCount() {
        return subscriptions.length;
    }

    /** The subscription with exactly this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        for (Subscription known : subscriptions) {
            if (known.filter().equals(filter)) {
                return known;
            }
        }
        return null;
    }

    /** Notes a subscription, in place of one with the same filter. */
    public synchronized void subscribed(Subscription subscription) {
        List<Subscription> all = new ArrayList<>(List.of(subscriptions));
        all.removeIf(known -> known.filter().equals(subscription.filter()));
        all.add(subscription);
        subscriptions = all.toArray(NONE);
    }

    /** Forgets the subscription with this filter; says whether there was one. */
    public synchronized boolean unsubscribed(String filter) {
        List<Subscription> rest = new ArrayList<>(List.of(subscriptions));
        boolean existed = rest.removeIf(known -> known.filter().equals(filter));
        subscriptions = rest.toArray(NONE);
        return existed;
    }

    /** Puts a connection's session in; the registry calls it, one call at a time. */
    void occupy(@Nullable Session session) {
        live = session;
    }
}
