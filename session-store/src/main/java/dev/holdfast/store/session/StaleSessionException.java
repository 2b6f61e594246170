// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

/** The answer to an operation whose epoch has been passed by a later attach, or whose session is gone. */
public final class StaleSessionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Names the session and the epoch that was refused. */
    public StaleSessionException(SessionRef ref) {
        super("stale: " + ref, null, false, false);
    }
}
