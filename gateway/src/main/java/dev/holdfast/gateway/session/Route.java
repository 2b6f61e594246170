// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.gateway.topic.TrieEntry;
import dev.holdfast.store.Subscription;

/**
 * One subscription of one session, as its slot and the tree of subscriptions hold it: in one object of 32 bytes, since
 * there are as many as kept sessions in the cluster. Immutable. Any thread.
 */
public final class Route extends TrieEntry {
    private static final int QOS = 0b11;
    private static final int NO_LOCAL = 0b100;
    private static final int RETAIN_AS_PUBLISHED = 0b1000;
    private static final int RETAIN_HANDLING_SHIFT = 4;

    private final SessionSlot slot;
    private final int identifier;
    private final byte options;

    /**
     * A subscription that is routed nowhere yet.
     *
     * @param slot whose it is
     * @param subscription what was granted
     */
    public Route(SessionSlot slot, Subscription subscription) {
        super(subscription.filter());
        this.slot = slot;
        this.identifier = subscription.identifier();
        this.options = (byte) (subscription.qos()
                | (subscription.noLocal() ? NO_LOCAL : 0)
                | (subscription.retainAsPublished() ? RETAIN_AS_PUBLISHED : 0)
                | subscription.retainHandling() << RETAIN_HANDLING_SHIFT);
    }

    /** Whose it is. */
    public SessionSlot slot() {
        return slot;
    }

    @Override
    public Object key() {
        return slot;
    }

    /** The granted maximum QoS, 0 to 2. */
    public int qos() {
        return options & QOS;
    }

    /** Whether the client's own publications are withheld [MQTT-3.8.3-3]. */
    public boolean noLocal() {
        return (options & NO_LOCAL) != 0;
    }

    /** Whether RETAIN is forwarded as published [MQTT-3.3.1-13]. */
    public boolean retainAsPublished() {
        return (options & RETAIN_AS_PUBLISHED) != 0;
    }

    /** The Subscription Identifier, 1 to 268,435,455, or 0 for none. */
    public int identifier() {
        return identifier;
    }

    /** What was granted, as a value. */
    public Subscription subscription() {
        return new Subscription(
                filter(), qos(), noLocal(), retainAsPublished(), options >> RETAIN_HANDLING_SHIFT, identifier);
    }
}
