// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

/** The answer when the part of the store that was asked is away, while others are not. What was asked was not done, or may have been. */
public final class PartAwayException extends StoreUnavailableException {
    private static final long serialVersionUID = 1L;

    /** Says what was tried, and what went wrong last. */
    public PartAwayException(String message, Throwable cause) {
        super(message, cause);
    }
}
