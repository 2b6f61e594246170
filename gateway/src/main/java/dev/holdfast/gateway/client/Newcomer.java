// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.store.session.Attached;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Connecting} needs of the protocol while one client comes in: its will, the answer, the way back to it. A
 * protocol implements it. Called on the connection's thread.
 */
public interface Newcomer {

    /** The will that the client asks for, or null if it asks for none. Asked once. */
    @Nullable
    WillAsked will();

    /**
     * Prepares the answer to a client that is going to be accepted.
     *
     * @param granted what the client gets of what it has asked for
     * @param words what the client is told besides, or null
     * @return whether the client takes an answer of that length; if not, the connection is to be ended
     */
    boolean prepares(ClientRequest granted, @Nullable String words);

    /** Makes the outlet through which the session sends to this client. */
    Outlet outlet();

    /** The client has been accepted: answers it, before anything of its session is sent. */
    void accepted(Attached attached);
}
