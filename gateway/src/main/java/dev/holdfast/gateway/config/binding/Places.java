// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds where a setting is written. */
public final class Places {
    private Places() {}

    /**
     * The place of a setting, or of the item of a list in which it is missing.
     *
     * @param path dotted, {@code auth.jwt.issuers[0].keys.pem-file}
     * @return empty if it is written nowhere
     */
    public static String of(Node tree, String path) {
        String item = "";
        Node at = tree;
        String rest = path;
        while (!rest.isEmpty()) {
            if (at instanceof Node.Mapping mapping) {
                String name = name(mapping, rest);
                if (name == null) {
                    return item;
                }
                at = Objects.requireNonNull(mapping.entries().get(name));
                rest = rest.substring(name.length());
            } else if (at instanceof Node.Sequence sequence && rest.startsWith("[")) {
                int end = rest.indexOf(']');
                int index = Integer.parseInt(rest.substring(1, end));
                if (index >= sequence.items().size()) {
                    return item.isEmpty() ? at.origin() : item;
                }
                at = sequence.items().get(index);
                item = at.origin();
                rest = rest.substring(end + 1);
            } else {
                // A list or section that was written as one text.
                return at.origin();
            }
            rest = rest.startsWith(".") ? rest.substring(1) : rest;
        }
        return at.origin();
    }

    /** The key with which a path begins; the longest, since those of a map may hold dots. */
    private static @Nullable String name(Node.Mapping mapping, String path) {
        String found = null;
        for (String name : mapping.entries().keySet()) {
            boolean fits = path.startsWith(name)
                    && (path.length() == name.length() || ".[".indexOf(path.charAt(name.length())) >= 0);
            if (fits && (found == null || name.length() > found.length())) {
                found = name;
            }
        }
        return found;
    }
}
