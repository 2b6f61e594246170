// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.gateway.auth.revocation.RevocationWatch;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Who a connected client is, and for how long: until its token expires or is revoked. On the connection's thread. */
final class Standing {
    private static final long NOT_ASKED = -1;

    private final Identity identity;
    private final @Nullable String username;
    private final long untilMillis;
    private final @Nullable Standing longer;
    private long heard = NOT_ASKED;

    /**
     * The standing that a verdict gives.
     *
     * @param username the User Name of the CONNECT: what a token says may depend on it, so a renewal needs it again
     */
    Standing(Identity identity, @Nullable String username) {
        this(identity, username, null);
    }

    private Standing(Identity identity, @Nullable String username, @Nullable Standing longer) {
        Instant until = identity.expiresAt();
        this.identity = identity;
        this.username = identity.token() == null ? null : username;
        this.untilMillis = until == null ? Long.MAX_VALUE : until.toEpochMilli();
        this.longer = longer;
    }

    /**
     * The standing after a renewal. A token that ends sooner than the one before does not shorten: what it allows holds
     * until it ends, then the one before holds again. If it was issued before, as one that a client repeats after it has
     * come back with a newer one, it changes nothing.
     *
     * @return this one if nothing changes
     */
    Standing renewedBy(Identity next) {
        Standing last = longer == null ? this : longer;
        Standing fresh = new Standing(next, username, null);
        if (fresh.untilMillis >= last.untilMillis) {
            return fresh;
        }
        return isOlder(next.token(), identity.token()) ? this : new Standing(next, username, last);
    }

    private static boolean isOlder(@Nullable TokenRef one, @Nullable TokenRef other) {
        Instant issued = one == null ? null : one.issuedAt();
        Instant otherIssued = other == null ? null : other.issuedAt();
        return issued == null || (otherIssued != null && issued.isBefore(otherIssued));
    }

    /** What holds again when this has expired, or null. */
    @Nullable
    Standing longer() {
        return longer;
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
