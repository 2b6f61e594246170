// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * The answer when so much is waiting for the store already that it takes no more: nothing was done, and the caller
 * is to push back on whoever asks.
 */
public final class StoreBusyException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Says how much is waiting. */
    public StoreBusyException(String message) {
        super(message, null, false, false);
    }
}
