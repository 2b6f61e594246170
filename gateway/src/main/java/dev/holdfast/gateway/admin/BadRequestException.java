// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.admin;

/** A request that cannot be understood; the message says what was expected. */
final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    private final String expected;

    BadRequestException(String expected) {
        super(expected);
        this.expected = expected;
    }

    String expected() {
        return expected;
    }
}
