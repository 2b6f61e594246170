// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/**
 * Walks the levels of a name or filter without cutting strings.
 *
 * <pre>
 *   for (int from = 0; from &lt;= limit; from = to + 1) { int to = Levels.end(text, from, limit); ... }
 * </pre>
 *
 * A walk is over when {@code from} is past {@code limit}; an empty last level has {@code from == limit}.
 */
final class Levels {

    private Levels() {}

    /** The end (exclusive) of the level that begins at {@code from}, at most {@code limit}. */
    static int end(String text, int from, int limit) {
        int slash = text.indexOf('/', from);
        return slash < 0 || slash > limit ? limit : slash;
    }

    /** Whether the level is this one character. */
    static boolean is(char character, String text, int from, int to) {
        return to - from == 1 && text.charAt(from) == character;
    }

    /** Whether the filter ends with a multi-level wildcard. */
    static boolean isDeep(String filter) {
        int last = filter.length() - 1;
        return last >= 0 && filter.charAt(last) == '#' && (last == 0 || filter.charAt(last - 1) == '/');
    }

    /**
     * Where the levels before a multi-level wildcard end: -1 when there are none, the filter's length when it has no
     * such wildcard.
     */
    static int limit(String filter) {
        return isDeep(filter) ? filter.length() - 2 : filter.length();
    }

    /** Whether the name or filter begins with {@code $}: leading wildcards do not match it [MQTT-4.7.2-1]. */
    static boolean isDollar(String text) {
        return !text.isEmpty() && text.charAt(0) == '$';
    }
}
