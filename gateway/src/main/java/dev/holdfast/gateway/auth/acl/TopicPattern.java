// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

/**
 * The topics an access rule is about: a topic filter (MQTT 5.0 section 4.7), as a set of topic names. Wildcards at the
 * first level do not reach names that begin with {@code $} [MQTT-4.7.2-1]. All questions are answered without
 * allocating, on any thread.
 */
final class TopicPattern {
    /** Every name there is, those with {@code $} too. Only for denying. */
    static final TopicPattern EVERYTHING = new TopicPattern("#", Kind.EVERYTHING);

    private enum Kind {
        EXACT,
        SUBTREE,
        GENERAL,
        EVERYTHING
    }

    private final String filter;
    private final Kind kind;
    // The levels before the first wildcard with their separators: what a name must begin with, or all of it.
    private final String prefix;
    // What stands behind the last "+" if that is no wildcard: what a name must end with. Rules often differ there only.
    private final String suffix;

    private TopicPattern(String filter, Kind kind) {
        this.filter = filter;
        this.kind = kind;
        int plus = filter.indexOf('+');
        int end = plus >= 0 ? plus : filter.endsWith("#") ? filter.length() - 1 : filter.length();
        this.prefix = filter.substring(0, end);
        this.suffix = filter.endsWith("#") ? "" : filter.substring(filter.lastIndexOf('+') + 1);
    }

    /** A valid topic filter as a pattern. */
    static TopicPattern of(String filter) {
        if (filter.indexOf('+') >= 0) {
            return new TopicPattern(filter, Kind.GENERAL);
        }
        return new TopicPattern(filter, filter.endsWith("#") ? Kind.SUBTREE : Kind.EXACT);
    }

    /** Whether this text is a topic filter: not empty, no NUL, wildcards alone on their level, {@code #} last. */
    static boolean isFilter(String text) {
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '+' || c == '#') {
                boolean alone = (i == 0 || text.charAt(i - 1) == '/')
                        && (i == text.length() - 1 || (c == '+' && text.charAt(i + 1) == '/'));
                if (!alone) {
                    return false;
                }
            }
        }
        return true;
    }

    boolean hasWildcard() {
        return kind != Kind.EXACT;
    }

    String filter() {
        return filter;
    }

    /** Whether a topic name is in the set. */
    boolean matches(String topic) {
        return switch (kind) {
            case EVERYTHING -> true;
            case EXACT -> filter.equals(topic);
            case SUBTREE -> {
                if (prefix.isEmpty()) {
                    yield !isSystem(topic);
                }
                yield topic.startsWith(prefix) || (topic.length() == prefix.length() - 1 && prefix.startsWith(topic));
            }
            case GENERAL ->
                topic.endsWith(suffix)
                        && topic.startsWith(prefix)
                        && !(prefix.isEmpty() && isSystem(topic))
                        && matchesFrom(topic, prefix.length());
        };
    }

    // The pattern goes on with "+" at this place, and the name has the same text up to it.
    private boolean matchesFrom(String topic, int from) {
        int p = from;
        int t = from;
        while (true) {
            char c = filter.charAt(p);
            if (c == '#') {
                return true;
            }
            int pEnd = levelEnd(filter, p);
            int tEnd = levelEnd(topic, t);
            if (c != '+' && !sameLevel(filter, p, pEnd, topic, t, tEnd)) {
                return false;
            }
            boolean pDone = pEnd == filter.length();
            boolean tDone = tEnd == topic.length();
            if (pDone || tDone) {
                return tDone && (pDone || onlyHashLeft(filter, pEnd));
            }
            p = pEnd + 1;
            t = tEnd + 1;
            if (p == filter.length()) {
                // The pattern ends with an empty level: the name must as well.
                return t == topic.length();
            }
        }
    }

    /** Whether every name that a filter matches is in the set. */
    boolean covers(String other) {
        if (kind == Kind.EVERYTHING) {
            return true;
        }
        int p = 0;
        int o = 0;
        while (true) {
            int pEnd = levelEnd(filter, p);
            int oEnd = levelEnd(other, o);
            boolean pPlus = isWild(filter, p, pEnd, '+');
            if (isWild(filter, p, pEnd, '#')) {
                return p > 0 || !isSystem(other);
            }
            if (isWild(other, o, oEnd, '#')) {
                // "+/#" is another way to write "#": every name has a first level.
                return p == 0 && pPlus && onlyHashLeft(filter, pEnd);
            }
            if (pPlus) {
                if (p == 0 && isSystem(other)) {
                    return false;
                }
            } else if (!sameLevel(filter, p, pEnd, other, o, oEnd)) {
                return false;
            }
            boolean pDone = pEnd == filter.length();
            boolean oDone = oEnd == other.length();
            if (pDone || oDone) {
                return oDone && (pDone || onlyHashLeft(filter, pEnd));
            }
            p = pEnd + 1;
            o = oEnd + 1;
        }
    }

    /** Whether some name that a filter matches is in the set. */
    boolean overlaps(String other) {
        if (kind == Kind.EVERYTHING) {
            return true;
        }
        int p = 0;
        int o = 0;
        while (true) {
            int pEnd = levelEnd(filter, p);
            int oEnd = levelEnd(other, o);
            boolean pHash = isWild(filter, p, pEnd, '#');
            boolean oHash = isWild(other, o, oEnd, '#');
            boolean pWild = pHash || isWild(filter, p, pEnd, '+');
            boolean oWild = oHash || isWild(other, o, oEnd, '+');
            if (p == 0 && ((pWild && isSystem(other)) || (oWild && isSystem(filter)))) {
                return false;
            }
            if (pHash || oHash) {
                return true;
            }
            if (!pWild && !oWild && !sameLevel(filter, p, pEnd, other, o, oEnd)) {
                return false;
            }
            boolean pDone = pEnd == filter.length();
            boolean oDone = oEnd == other.length();
            if (pDone || oDone) {
                return (oDone && (pDone || onlyHashLeft(filter, pEnd))) || (pDone && onlyHashLeft(other, oEnd));
            }
            p = pEnd + 1;
            o = oEnd + 1;
        }
    }

    private static boolean isSystem(String text) {
        return !text.isEmpty() && text.charAt(0) == '$';
    }

    private static int levelEnd(String text, int from) {
        int slash = text.indexOf('/', from);
        return slash < 0 ? text.length() : slash;
    }

    private static boolean isWild(String text, int from, int end, char wildcard) {
        return end - from == 1 && text.charAt(from) == wildcard;
    }

    private static boolean sameLevel(String a, int aFrom, int aEnd, String b, int bFrom, int bEnd) {
        return aEnd - aFrom == bEnd - bFrom && a.regionMatches(aFrom, b, bFrom, aEnd - aFrom);
    }

    // "a/#" is about "a" too (MQTT 5.0 section 4.7.1.2).
    private static boolean onlyHashLeft(String text, int levelEnd) {
        return levelEnd + 2 == text.length() && text.charAt(levelEnd + 1) == '#';
    }

    @Override
    public String toString() {
        return filter;
    }
}
