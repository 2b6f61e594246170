// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.keys;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one issuer at one time. Immutable; a changed set is another object. */
public final class KeySet {
    /** How many signature checks one token may cost. */
    private static final int MAX_TRIED = 4;

    static final KeySet EMPTY = new KeySet(List.of());

    private final List<VerificationKey> keys;

    private KeySet(List<VerificationKey> keys) {
        this.keys = keys;
    }

    /** The keys that serve at least one algorithm of the issuer. */
    public static KeySet of(List<RawKey> raw, List<SigningAlgorithm> allowed) {
        return new KeySet(raw.stream()
                .map(each -> VerificationKey.of(each, allowed))
                .filter(VerificationKey::isUsable)
                .toList());
    }

    /** Whether no key of the set can check a signature. */
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /**
     * The keys that may have signed a token: those with its key id, else those that answer to every key id. A token
     * without a key id is only given a key with one when there is no other choice.
     */
    public List<VerificationKey> candidates(SigningAlgorithm algorithm, @Nullable String kid) {
        List<VerificationKey> named = new ArrayList<>(1);
        List<VerificationKey> nameless = new ArrayList<>(1);
        for (VerificationKey key : keys) {
            String own = key.raw().kid();
            if (key.serves(algorithm)) {
                if (own == null) {
                    nameless.add(key);
                } else if (kid == null || own.equals(kid)) {
                    named.add(key);
                }
            }
        }
        List<VerificationKey> chosen = nameless;
        if (kid != null ? !named.isEmpty() : nameless.isEmpty() && named.size() == 1) {
            chosen = named;
        }
        return chosen.size() > MAX_TRIED ? chosen.subList(0, MAX_TRIED) : chosen;
    }
}
