// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.token;

import dev.holdfast.gateway.auth.TokenRefusal;

/** A token that does not pass one check. Carries a constant and no stack: refusing must stay cheap. */
public final class TokenRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final TokenRefusal why;

    /** A refusal for this reason. */
    public TokenRefusedException(TokenRefusal why) {
        super(why.name(), null, false, false);
        this.why = why;
    }

    /** The reason. */
    public TokenRefusal why() {
        return why;
    }
}
