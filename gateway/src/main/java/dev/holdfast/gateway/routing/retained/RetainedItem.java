// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing.retained;

import dev.holdfast.gateway.session.outbound.PlaceInQueue;
import dev.holdfast.gateway.session.outbound.RetainedCopy;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
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
    /** What the session was last given of the topic before the store could be asked. */
    private @Nullable MessageId given;

    private boolean isGivenRetained;
    /** The place behind the newer message in the queue; null once that message has been sent. */
    private @Nullable PlaceInQueue behind;

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

    /**
     * Takes what the store has for the topic. That is newer than what the session was given before the store was asked, or the
     * same, unless the two say themselves that it is older.
     */
    void found(Message retained) {
        message = retained;
        MessageId before = given;
        if (before != null) {
            boolean isOlder = retained.id().isBefore(before);
            overtaken |= retained.id().equals(before) || (isOlder && isGivenRetained);
            behind = isOlder ? null : behind;
            given = null;
        }
    }

    /**
     * The session is given a message of the topic, and the store has not been asked yet: it will know of this one.
     *
     * @param place where the session's queue ends with this message; null if nothing waits
     */
    void comesAfter(Message earlier, @Nullable PlaceInQueue place) {
        given = earlier.id();
        isGivenRetained = earlier.isRetain();
        behind = place;
    }

    /** Whether older messages of the topic wait for the client: they are sent first [MQTT-4.6.0-6]. */
    boolean isBehindOlder() {
        if (behind != null && behind.isReached()) {
            behind = null;
        }
        return behind != null;
    }

    /**
     * A newer message of the topic has come to the session. If the newer message is retained itself, the client does not need this one
     * any more: it is not sent. If the newer message is not retained, this one is dropped only if both have the same publisher:
     * the specification sets no order between messages of two publishers [MQTT-4.6.0-6].
     */
    void overtakenBy(Message newer) {
        Message known = message;
        if (known == null) {
            overtaken |= newer.isRetain();
        } else if (!newer.id().isBefore(known.id())) {
            overtaken |=
                    newer.isRetain() || known.id().publisherMark() == newer.id().publisherMark();
        }
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
