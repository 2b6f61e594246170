// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

/** A token that does not pass one check. Carries a constant and no stack: refusing must stay cheap. */
final class TokenRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Why why;

    TokenRefusedException(Why why) {
        super(why.name(), null, false, false);
        this.why = why;
    }

    Why why() {
        return why;
    }
}
