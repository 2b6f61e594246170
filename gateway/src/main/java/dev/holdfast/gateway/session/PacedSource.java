// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

/**
 * Something with many messages for one session, which hands over some whenever the session is ready for more, so that
 * neither memory nor the queue limit suffers. Called on the session's thread.
 */
@FunctionalInterface
public interface PacedSource {
    /** What is left after a few messages have been handed over. */
    enum Rest {
        /** More can be handed over at once. */
        MORE,
        /** The next ones are being fetched, or the last ones stored; the source pumps the session when that is done. */
        WAITING,
        /** Nothing is left. */
        NONE
    }

    /** Hands over a few messages. */
    Rest next();
}
