// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.Erased;

/**
 * Hears what the store has made of connections and their sessions. Since every change there is atomic and answered to
 * one gateway, each is told once over all gateways that share the store. Called on any thread, I/O threads among them:
 * nothing here blocks.
 */
public interface Lifecycle {
    /** Nobody listens. */
    Lifecycle UNHEARD = new Lifecycle() {};

    /** Whether anybody listens; if not, nothing else need be called. */
    default boolean isHeard() {
        return false;
    }

    /** An attach, detach or destroy is about to be asked of the store; one of those below ends it. */
    default void begins(String clientId) {}

    /** The operation has changed nothing: it was refused, stale, or its outcome is not known. */
    default void unchanged(String clientId) {}

    /** A connection has got its session. */
    default void attached(AttachRequest request, Link link, Attached attached) {}

    /** A connection has left its session. */
    default void detached(String clientId, long epoch, Leaving leaving, Detached detached) {}

    /** An operator has ended a session. */
    default void destroyed(Erased erased) {}

    /** A connection has gone with its gateway. Not begun before. */
    default void reaped(Reaped reaped) {}

    /** A session has expired. Not begun before. */
    default void expired(Erased erased) {}
}
