// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.Message;

/**
 * Something with many messages for one session, which hands over one whenever the session has room for it, so that
 * neither memory nor the queue limit suffers. Called on the session's thread.
 */
public interface PacedSource {
    /** What became of a turn. */
    enum Rest {
        /** A message has been handed over. */
        HANDED_OVER,
        /** None can be handed over now; the source pumps the session when that may have changed without it. */
        WAITING,
        /** Nothing is left. */
        NONE
    }

    /** Hands over one message if there is one and the session takes it. */
    Rest next();

    /** The session is given a newer message, or its client has published one: nothing older of its topic is handed over. */
    void overtakenBy(Message newer);

    /** A limit took a newer message that the session was to have: what stands for it is to be up to date. */
    void missed(Message newer);

    /** The subscription with this filter is gone: nothing is handed over for it any more [MQTT-3.10.4-2]. */
    void unsubscribed(String filter);

    /** About once a second, whether the session takes anything or not: lets go of what costs too much while it waits. */
    void tick();

    /** Lets go of what it holds: nothing is left of it, or the session has ended. May be repeated. */
    void close();
}
