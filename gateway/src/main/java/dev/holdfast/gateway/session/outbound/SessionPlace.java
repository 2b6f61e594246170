// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.Message;
import dev.holdfast.store.session.EnqueueTarget;
import dev.holdfast.store.session.Enqueued;
import org.jspecify.annotations.Nullable;

/**
 * The place of a kept session at this gateway. It stays when connections come and go, and so it knows of QoS 0 messages
 * that are on their way into the session's queue, whichever connection is there when they arrive. Any thread.
 */
public interface SessionPlace {

    /** Whether the session has no connection at this gateway. */
    boolean isAway();

    /** Whether QoS 0 messages are on their way into the queue. */
    boolean isQueuing();

    /**
     * A QoS 0 message is about to be queued. Those that follow are queued behind it until {@link #queuedQos0} or
     * {@link #notQueuedHere}, so that none overtakes it [MQTT-4.6.0-6].
     */
    void queuing();

    /**
     * The store has put a QoS 0 message into the queue: the session that is connected now is told.
     *
     * @param origin the shared subscription that the message came through, or null
     */
    void queuedQos0(Enqueued stored, EnqueueTarget target, Message message, @Nullable SharedOrigin origin);

    /** The QoS 0 message was not queued, or another gateway has been told of it. */
    void notQueuedHere();
}
