// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.revocation;

import dev.holdfast.gateway.auth.TokenRef;

/**
 * The tokens that no longer count although they have not expired. Asked at every CONNECT and re-authentication, from
 * what is at hand: nothing here blocks, all methods are safe on any thread.
 */
public interface Revocations {

    /** Whether this token is among them. */
    boolean isRevoked(TokenRef token);

    /**
     * Asks to be told when there are more of them, so that live connections can be closed.
     *
     * @param listener called on any thread; must not block and must not throw
     * @return closing it ends the telling
     */
    Listening listen(Runnable listener);

    /** A standing request to be told. */
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }
}
