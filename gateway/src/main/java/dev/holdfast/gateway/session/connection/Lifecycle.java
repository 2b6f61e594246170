// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session.connection;

import dev.holdfast.store.cluster.Reaped;
import dev.holdfast.store.session.AttachRequest;
import dev.holdfast.store.session.Attached;
import dev.holdfast.store.session.Detached;
import dev.holdfast.store.session.Erased;

/**
 * Hears what becomes of connections and their sessions in the store. Each change there is atomic, and the store answers
 * one gateway: so each change is told once over all gateways that share the store. Called on any thread, I/O threads among
 * them; must not block.
 */
public interface Lifecycle {
    /** Nobody listens. */
    Lifecycle UNHEARD = new Lifecycle() {};

    /** Whether anybody listens. If not, nothing else need be called. */
    default boolean isHeard() {
        return false;
    }

    /** The store is about to be asked to attach, detach or destroy. One of the calls below follows. */
    default void begins(String clientId) {}

    /** The operation has changed nothing: the store has refused it, or its outcome is not known. */
    default void unchanged(String clientId) {}

    /** A connection has got its session. */
    default void attached(AttachRequest request, ConnectedBy connection, Attached attached) {}

    /** A connection has left its session. */
    default void detached(String clientId, long epoch, Leaving leaving, Detached detached) {}

    /** An operator has ended a session. */
    default void destroyed(Erased erased) {}

    /** A connection has gone with its gateway. {@link #begins} is not called before. */
    default void reaped(Reaped reaped) {}

    /** A session has expired. {@link #begins} is not called before. */
    default void expired(Erased erased) {}
}
