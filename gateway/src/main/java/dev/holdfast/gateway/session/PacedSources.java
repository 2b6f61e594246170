// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import java.util.LinkedHashMap;
import java.util.Map;

/** The sources of one session, one for each topic filter at the most; they take their turns one after the other. */
final class PacedSources {
    private final Map<String, PacedSource> byFilter = new LinkedHashMap<>(2);

    /** Adds a source behind the others; one with the same filter, begun or not, gives way to it. */
    void add(String filter, PacedSource source) {
        byFilter.remove(filter);
        byFilter.put(filter, source);
    }

    void remove(String filter) {
        byFilter.remove(filter);
    }

    boolean isEmpty() {
        return byFilter.isEmpty();
    }

    /** Has the first one hand over a few messages. */
    PacedSource.Rest next() {
        Map.Entry<String, PacedSource> first = byFilter.entrySet().iterator().next();
        String filter = first.getKey();
        PacedSource source = first.getValue();
        PacedSource.Rest rest = source.next();
        if (rest != PacedSource.Rest.NONE) {
            return rest;
        }
        byFilter.remove(filter, source);
        return byFilter.isEmpty() ? PacedSource.Rest.NONE : PacedSource.Rest.MORE;
    }
}
