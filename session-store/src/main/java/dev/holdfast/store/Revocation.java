// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store;

import java.time.Instant;

/**
 * A token, or all tokens of a subject up to a moment, that no longer count although they have not expired.
 *
 * @param key what is revoked
 * @param at when it was said; a subject's tokens issued later count again, those that do not say when they were issued
 *     never do. In milliseconds: what is finer is cut off
 * @param until when it is forgotten, because the tokens have expired by themselves. In milliseconds
 */
public record Revocation(Key key, Instant at, Instant until) {

    /** Cuts the times to what every store keeps. */
    public Revocation {
        at = Instant.ofEpochMilli(at.toEpochMilli());
        until = Instant.ofEpochMilli(until.toEpochMilli());
    }

    /** What a revocation names. */
    public enum Kind {
        /** One token by its {@code jti}. */
        TOKEN,
        /** All tokens of a {@code sub}. */
        SUBJECT
    }

    /**
     * What is revoked; there is one revocation of each at a time.
     *
     * @param kind what {@code value} names
     * @param issuer whose tokens, as their {@code iss}; no line break
     * @param value a {@code jti} or a {@code sub}
     */
    public record Key(Kind kind, String issuer, String value) {
        /** Refuses an issuer that two keys could be confused by. */
        public Key {
            if (issuer.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("an issuer has no line break");
            }
        }
    }
}
