// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/** The answer to an attach whose principal has as many kept sessions as it may have; nothing was touched. */
public final class TooManySessionsException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Names the client identifier only. */
    public TooManySessionsException(String clientId) {
        super("one kept session more than its principal may have: " + clientId, null, false, false);
    }
}
