// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.outbound;

import dev.holdfast.store.Message;

/**
 * Many messages for one session, one of which is handed over whenever the session has room: so they fill neither the
 * memory nor the session's queue. Called on the session's thread.
 */
public interface PacedSource {
    /** What became of a turn. */
    enum Rest {
        /** A message has been handed over. */
        HANDED_OVER,
        /** No message can be handed over now. The source pumps the session when one can. */
        WAITING,
        /** Nothing is left. */
        NONE
    }

    /** Hands over one message, if there is one and the session takes it. */
    Rest next();

    /** The session has got this message, or its client has published it: no older one of its topic is handed over. */
    void overtakenBy(Message newer);

    /** A limit has taken this message from the session: the retained message of its topic is read again. */
    void missed(Message newer);

    /** The subscription with this filter has ended: nothing is handed over for it any more [MQTT-3.10.4-2]. */
    void unsubscribed(String filter);

    /** About once a second, whether the session takes anything or not: lets go of what costs too much while it waits. */
    void tick();

    /** Frees its memory: all its messages have been handed over, or the session has ended. May be repeated. */
    void close();
}
