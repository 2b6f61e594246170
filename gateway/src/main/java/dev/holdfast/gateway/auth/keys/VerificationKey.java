// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import dev.holdfast.gateway.auth.TokenRefusal;
import dev.holdfast.gateway.auth.token.TokenRefusedException;
import dev.holdfast.gateway.auth.token.UnverifiedToken;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.security.Key;
import java.util.Arrays;
import java.util.List;

/**
 * One key of one issuer, with the algorithms that both the issuer's list and the key allow, and nothing else. A public
 * key is therefore never an HMAC secret, whatever a token's header says.
 */
public final class VerificationKey {
    private final RawKey raw;
    private final List<SigningAlgorithm> algorithms;

    private VerificationKey(RawKey raw, List<SigningAlgorithm> algorithms) {
        this.raw = raw;
        this.algorithms = algorithms;
    }

    /** A key for the algorithms on an issuer's list that fit it; there may be none. */
    static VerificationKey of(RawKey raw, List<SigningAlgorithm> allowed) {
        List<SigningAlgorithm> fitting = Arrays.stream(SigningAlgorithm.values())
                .filter(each -> allowed.stream().anyMatch(listed -> listed.covers(each)))
                .filter(each -> each.fits(raw.key()))
                .filter(each -> raw.allows(each))
                .toList();
        return new VerificationKey(raw, fitting);
    }

    /** Whether it may check a signature of this algorithm. */
    boolean serves(SigningAlgorithm algorithm) {
        return algorithms.contains(algorithm);
    }

    boolean isUsable() {
        return !algorithms.isEmpty();
    }

    RawKey raw() {
        return raw;
    }

    /**
     * Checks the signature.
     *
     * @param algorithm one that this key serves
     */
    @SuppressWarnings("unchecked") // the key fits the algorithm: that is what serving means
    public void verify(UnverifiedToken token, SigningAlgorithm algorithm) throws TokenRefusedException {
        boolean good;
        try {
            good = SignatureCheck.holds(
                    (SecureDigestAlgorithm<?, Key>) algorithm.algorithm(), raw.key(), token.compact());
        } catch (RuntimeException e) {
            // A signature of the wrong length or shape. The library's message may quote the token, so it goes nowhere.
            good = false;
        }
        if (!good || !serves(algorithm)) {
            throw new TokenRefusedException(TokenRefusal.SIGNATURE);
        }
    }
}
