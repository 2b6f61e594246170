// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.session.RetainedCopy;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.EnqueueTarget;
import org.jspecify.annotations.Nullable;

/**
 * The retained message of one topic for one subscription, from when its topic is about to be read until it has been
 * sent or something newer has come [MQTT-4.6.0-6]. On the session's thread.
 */
final class RetainedItem implements RetainedCopy {
    private final Subscription subscription;
    private final String topic;
    private @Nullable Message message;
    private boolean overtaken;
    private boolean left;

    RetainedItem(Subscription subscription, String topic) {
        this.subscription = subscription;
        this.topic = topic;
    }

    Subscription subscription() {
        return subscription;
    }

    String topic() {
        return topic;
    }

    /** The lower of the QoS it was published with and the granted one [MQTT-3.8.4-8]. */
    int qosOf(Message found) {
        return Math.min(found.qos(), subscription.qos());
    }

    int[] identifiers() {
        return subscription.identifier() > 0 ? new int[] {subscription.identifier()} : EnqueueTarget.NO_IDENTIFIERS;
    }

    /** What the store has for the topic; null until that is known. */
    @Nullable
    Message message() {
        return message;
    }

    void found(Message retained) {
        message = retained;
    }

    /**
     * A newer message of the topic has come. One that is retained itself stands for this one; another one only if it is
     * of the same publisher, since the specification sets no order between two.
     */
    void overtakenBy(Message newer) {
        Message known = message;
        overtaken |= newer.isRetain()
                || (known != null && known.id().publisherMark() == newer.id().publisherMark());
    }

    void withdraw() {
        overtaken = true;
    }

    @Override
    public boolean isOvertaken() {
        return overtaken;
    }

    @Override
    public void left() {
        left = true;
    }

    boolean hasLeft() {
        return left;
    }
}
