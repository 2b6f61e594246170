// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.SessionSlot;
import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import org.jspecify.annotations.Nullable;

/**
 * One session of an audience, with all its subscriptions that match the topic folded into one delivery by
 * {@link Matching}.
 */
final class Member {
    private final SessionSlot slot;
    private final int qos;
    private final boolean retainAsPublished;
    private final int[] identifiers;
    private final boolean anyNoLocal;
    private final @Nullable Member asPublisher;
    private @Nullable EnqueueTarget lastTarget;

    /**
     * A member.
     *
     * @param qos the highest of its subscriptions
     * @param identifiers every Subscription Identifier once
     * @param anyNoLocal whether one of them has No Local
     * @param asPublisher what the others are to a message of the session's own client; null if there are none
     */
    Member(
            SessionSlot slot,
            int qos,
            boolean retainAsPublished,
            int[] identifiers,
            boolean anyNoLocal,
            @Nullable Member asPublisher) {
        this.slot = slot;
        this.qos = qos;
        this.retainAsPublished = retainAsPublished;
        this.identifiers = identifiers;
        this.anyNoLocal = anyNoLocal;
        this.asPublisher = asPublisher;
    }

    SessionSlot slot() {
        return slot;
    }

    int[] identifiers() {
        return identifiers;
    }

    /** This member for a message of that publisher; null if No Local keeps it from it [MQTT-3.8.3-3]. */
    @Nullable
    Member forPublisher(@Nullable String publisher) {
        return anyNoLocal && slot.clientId().equals(publisher) ? asPublisher : this;
    }

    /** The QoS of a delivery: the lower of the published and the granted one [MQTT-3.8.4-8]. */
    int qosOf(Message message) {
        return Math.min(qos, message.qos());
    }

    /** The RETAIN flag of a delivery [MQTT-3.3.1-12], [MQTT-3.3.1-13]. */
    boolean retainOf(Message message) {
        return retainAsPublished && message.isRetain();
    }

    /** The delivery as the store wants it; the last one is kept, since most are alike. */
    EnqueueTarget targetOf(Message message) {
        int deliveredQos = qosOf(message);
        boolean retain = retainOf(message);
        EnqueueTarget last = lastTarget;
        if (last == null || last.qos() != deliveredQos || last.retain() != retain) {
            last = new EnqueueTarget(slot.clientId(), slot.born(), deliveredQos, retain, identifiers);
            lastTarget = last;
        }
        return last;
    }
}
