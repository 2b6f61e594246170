// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.time.Instant;

/**
 * A token, or all tokens of a subject up to a moment, that no longer count.
 *
 * @param kind what {@code value} names
 * @param issuer whose tokens
 * @param value a {@code jti} or a {@code sub}
 * @param at when it was said; a subject's tokens issued later count again, those that do not say when they were issued
 *     never do
 * @param until when it may be forgotten, because the tokens have expired by themselves
 */
public record Revocation(Kind kind, String issuer, String value, Instant at, Instant until) {

    /** What a revocation names. */
    public enum Kind {
        /** One token by its {@code jti}. */
        TOKEN,
        /** All tokens of a {@code sub}. */
        SUBJECT
    }

    /** Whether this token no longer counts. */
    public boolean hits(TokenRef token) {
        if (!issuer.equals(token.issuer())) {
            return false;
        }
        if (kind == Kind.TOKEN) {
            return value.equals(token.id());
        }
        Instant issuedAt = token.issuedAt();
        return value.equals(token.subject()) && (issuedAt == null || !issuedAt.isAfter(at));
    }
}
