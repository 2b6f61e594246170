// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.RevocationWatch;
import dev.holdfast.gateway.auth.TokenRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Who a connected client is, and for how long: until its token expires or is revoked. On the connection's thread. */
final class Standing {
    private static final long NOT_ASKED = -1;

    private final Identity identity;
    private final @Nullable String username;
    private final long untilMillis;
    private long heard = NOT_ASKED;

    /**
     * The standing that a verdict gives.
     *
     * @param username the User Name of the CONNECT: what a token says may depend on it, so a renewal needs it again
     */
    Standing(Identity identity, @Nullable String username) {
        Instant until = identity.expiresAt();
        this.identity = identity;
        this.username = identity.token() == null ? null : username;
        this.untilMillis = until == null ? Long.MAX_VALUE : until.toEpochMilli();
    }

    Identity identity() {
        return identity;
    }

    @Nullable
    String username() {
        return username;
    }

    /** How it has ended, or null while it holds. */
    @Nullable
    Outcome end(long nowMillis, RevocationWatch revocations) {
        if (nowMillis >= untilMillis) {
            return Outcome.TOKEN_EXPIRED;
        }
        TokenRef token = identity.token();
        long hearing = revocations.heard();
        if (token == null || hearing == heard) {
            return null;
        }
        heard = hearing;
        return revocations.isRevoked(token) ? Outcome.TOKEN_REVOKED : null;
    }
}
