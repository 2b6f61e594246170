// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What somebody may have meant. */
final class Spelling {
    private Spelling() {}

    /** The candidate with the fewest edits, when it is near enough to be worth naming. */
    static Optional<String> nearest(String written, Collection<String> candidates) {
        int near = Math.max(2, written.length() / 4);
        return candidates.stream()
                .filter(candidate -> distance(written, candidate) <= near)
                .min(Comparator.comparingInt((String candidate) -> distance(written, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's distance. */
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(swap, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
