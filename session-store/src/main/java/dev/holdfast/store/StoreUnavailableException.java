// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/**
 * The answer when the store could not be asked, or did not answer, for as long as the store retries by itself. What
 * was asked may or may not have been done.
 */
public class StoreUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Says what was tried, and what went wrong last. */
    public StoreUnavailableException(String message, Throwable cause) {
        super(message, cause, false, false);
    }

    /** Says what was tried. */
    public StoreUnavailableException(String message) {
        super(message, null, false, false);
    }
}
