// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.value;

/** A value that means nothing here, or could mean two things; the message, which an error ends with, says what to write instead. */
public final class UnclearValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    UnclearValueException(String message) {
        super(message);
    }
}
