// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.jwt;

import dev.holdfast.gateway.auth.TokenRef;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.auth.acl.AclRules;
import dev.holdfast.gateway.auth.acl.Placeholders;
import dev.holdfast.gateway.auth.keys.KeySet;
import dev.holdfast.gateway.auth.token.Claims;
import dev.holdfast.gateway.auth.token.TokenRefusedException;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A token whose signature and times have been checked, remembered until it expires. Of the token itself nothing is
 * kept. What it gives a client is worked out for the client that asked last and kept as well: a token nearly always
 * comes from the same client again.
 */
final class VerifiedToken {
    private final Issuer issuer;
    private final TokenRef ref;
    private final Instant until;
    private final Claims claims;
    private final AclRules acl;
    private final KeySet from;
    private final boolean dependsOnClient;

    private volatile @Nullable Bound last;

    /** The verdict for one client. */
    private record Bound(String clientId, @Nullable String username, Verdict verdict) {}

    VerifiedToken(Issuer issuer, TokenRef ref, Instant until, Claims claims, AclRules acl, KeySet from) {
        this.issuer = issuer;
        this.ref = ref;
        this.until = until;
        this.claims = claims;
        this.acl = acl;
        this.from = from;
        this.dependsOnClient = issuer.dependsOnClient(acl);
    }

    TokenRef ref() {
        return ref;
    }

    /** When it ends, skew included. */
    Instant until() {
        return until;
    }

    Claims claims() {
        return claims;
    }

    AclRules acl() {
        return acl;
    }

    /** Whether the keys are still those it was checked with; a key taken out of the set must stop counting. */
    boolean isBackedByCurrentKeys() {
        return issuer.keys().current() == from;
    }

    /** The verdict for this client. */
    Verdict verdictFor(String clientId, @Nullable String username) {
        Bound bound = last;
        if (bound != null
                && (!dependsOnClient
                        || (bound.clientId.equals(clientId) && Objects.equals(bound.username, username)))) {
            return bound.verdict;
        }
        Verdict verdict;
        try {
            verdict = new Verdict.Accepted(
                    issuer.bind(this, new Placeholders(clientId, username, ref.subject(), claims)));
        } catch (TokenRefusedException e) {
            verdict = e.why().verdict();
        }
        last = new Bound(clientId, username, verdict);
        return verdict;
    }
}
