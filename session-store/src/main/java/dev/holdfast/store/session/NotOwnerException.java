// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/** The answer to an attach by another principal than the one that made the session; nothing was touched. */
public final class NotOwnerException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Names the client identifier only: neither principal is told about the other. */
    public NotOwnerException(String clientId) {
        super("another principal's session: " + clientId, null, false, false);
    }
}
