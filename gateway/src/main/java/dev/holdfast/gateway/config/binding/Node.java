// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A piece of configuration as written, that remembers where it was written. */
public sealed interface Node {
    /** The place: {@code holdfast.yaml:12}, {@code HOLDFAST_LIMITS_MAX_INFLIGHT}, {@code --set limits.max-inflight=7}. */
    String origin();

    /** One value. */
    record Scalar(String text, String origin) implements Node {}

    /** A key without a value. */
    record Nothing(String origin) implements Node {}

    /** A list. */
    record Sequence(List<Node> items, String origin) implements Node {}

    /** A section. */
    record Mapping(Map<String, Node> entries, String origin) implements Node {}

    /** Lays one tree over another: sections are united, everything else is replaced. */
    static Node merge(Node lower, Node upper) {
        if (!(lower instanceof Mapping below) || !(upper instanceof Mapping above)) {
            return upper;
        }
        Map<String, Node> united = new LinkedHashMap<>(below.entries());
        above.entries().forEach((key, node) -> united.merge(key, node, Node::merge));
        return new Mapping(united, above.origin());
    }

    /** A tree that holds one value, at a dotted path. */
    static Mapping at(String path, Node value) {
        int dot = path.indexOf('.');
        return dot < 0
                ? new Mapping(Map.of(path, value), value.origin())
                : new Mapping(Map.of(path.substring(0, dot), at(path.substring(dot + 1), value)), value.origin());
    }
}
