// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.security.Key;
import org.jspecify.annotations.Nullable;

/**
 * A key as it was found in a file or a JWK set.
 *
 * @param key a secret or a public key
 * @param kid its key id, or null for a key that answers to every key id (a secret file, a PEM file)
 * @param alg the only algorithm it may be used with, or null for all that fit
 */
public record RawKey(
        Key key, @Nullable String kid, @Nullable String alg) {

    boolean allows(SigningAlgorithm algorithm) {
        if (alg == null || alg.equals(algorithm.id())) {
            return true;
        }
        // RFC 9864 names the curve where RFC 8037 named the family, and an issuer may have changed one place only. That
        // the
        // curve is the key's own is seen by the key itself.
        SigningAlgorithm own = SigningAlgorithm.of(alg);
        return own != null && (own.covers(algorithm) || algorithm.covers(own));
    }

    /** Holds a secret and shows none. */
    @Override
    public String toString() {
        return "RawKey[" + key.getAlgorithm() + " " + kid + "]";
    }
}
