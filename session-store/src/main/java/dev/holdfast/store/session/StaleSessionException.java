// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.session;

import java.util.concurrent.CompletionException;

/** The answer to an operation whose epoch has been passed by a later attach, or whose session is gone. */
public final class StaleSessionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Names the session and the epoch that was refused. */
    public StaleSessionException(SessionRef ref) {
        super("stale: " + ref, null, false, false);
    }

    /** Whether a failure of an operation, as its future tells of it, is or wraps this exception. */
    public static boolean isCauseOf(Throwable failure) {
        return failure instanceof StaleSessionException
                || (failure instanceof CompletionException && failure.getCause() instanceof StaleSessionException);
    }
}
