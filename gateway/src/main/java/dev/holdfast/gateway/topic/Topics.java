// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

/**
 * The rules of topic names and topic filters (MQTT 5, 4.7 and 4.8.2; the same in 3.1.1). One pass, no allocation.
 *
 * <p>Lengths are bytes of UTF-8 and never more than 65,535, whatever the caller allows [MQTT-4.7.3-3]. Levels are what
 * {@code /} separates: {@code a} has one, {@code /a} has two.
 */
public final class Topics {

    /** The longest name or filter the wire can carry, in bytes of UTF-8. */
    public static final int MAX_BYTES = 65_535;

    private static final String BRIDGES = "$SYS/broker/connection/";
    private static final String STATE = "/state";

    private Topics() {}

    /** What a name or filter is found to be. With several faults, the one found first. */
    public enum Validity {
        VALID,
        /** Not one character [MQTT-4.7.3-1]. */
        EMPTY,
        /** More bytes of UTF-8 than allowed. */
        TOO_LONG,
        /** More levels than allowed. */
        TOO_DEEP,
        /** Holds U+0000 [MQTT-4.7.3-2] or half a surrogate pair [MQTT-1.5.4-1]: no legal UTF-8 string. */
        NUL,
        /** A topic name with {@code +} or {@code #} [MQTT-4.7.1-1]. */
        WILDCARD_IN_NAME,
        /** A wildcard beside other characters, or {@code #} before the last level [MQTT-4.7.1-1] [MQTT-4.7.1-2]. */
        BAD_WILDCARD,
        /** {@code $share} with a missing or wrong group, or with no filter behind it [MQTT-4.8.2-1] [MQTT-4.8.2-2]. */
        BAD_SHARE
    }

    /** Judges a topic name, as in PUBLISH and wills. */
    public static Validity name(String topic, int maxBytes, int maxLevels) {
        return judge(topic, 0, maxBytes, maxLevels, false);
    }

    /**
     * Judges a topic filter, as in SUBSCRIBE and UNSUBSCRIBE. Of a shared one the bytes are counted whole, the levels
     * without {@code $share} and the group.
     */
    public static Validity filter(String filter, int maxBytes, int maxLevels) {
        int from = 0;
        if (SharedFilter.isShare(filter)) {
            from = SharedFilter.filterAt(filter);
            if (from < 0) {
                return Validity.BAD_SHARE;
            }
        }
        return judge(filter, from, maxBytes, maxLevels, true);
    }

    /**
     * Whether a filter matches a topic name (MQTT 5, 4.7.1 and 4.7.2). Both are valid, the filter is not a shared one;
     * see {@link SharedFilter#filter}.
     */
    public static boolean matches(String filter, String topic) {
        if (Levels.isDollar(topic) && !filter.isEmpty() && (filter.charAt(0) == '+' || filter.charAt(0) == '#')) {
            return false; // [MQTT-4.7.2-1]
        }
        int topicFrom = 0;
        int filterTo;
        for (int filterFrom = 0; filterFrom <= filter.length(); filterFrom = filterTo + 1) {
            filterTo = Levels.end(filter, filterFrom, filter.length());
            if (Levels.is('#', filter, filterFrom, filterTo)) {
                return true; // also when the topic has ended: the parent level matches
            }
            if (topicFrom > topic.length()) {
                return false;
            }
            int topicTo = Levels.end(topic, topicFrom, topic.length());
            int length = filterTo - filterFrom;
            if (!Levels.is('+', filter, filterFrom, filterTo)
                    && (length != topicTo - topicFrom || !filter.regionMatches(filterFrom, topic, topicFrom, length))) {
                return false;
            }
            topicFrom = topicTo + 1;
        }
        return topicFrom > topic.length();
    }

    private static Validity judge(String text, int levelsFrom, int maxBytes, int maxLevels, boolean isFilter) {
        int length = text.length();
        int limit = Math.min(maxBytes, MAX_BYTES);
        if (length == 0) {
            return Validity.EMPTY;
        }
        if (length > limit) {
            return Validity.TOO_LONG; // a char is at least one byte
        }
        int bytes = length;
        int levels = 1;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c == '/') {
                if (i >= levelsFrom) {
                    levels++;
                }
            } else if (c == '+' || c == '#') {
                if (!isFilter) {
                    return Validity.WILDCARD_IN_NAME;
                }
                if (!standsAlone(text, i, levelsFrom)) {
                    return Validity.BAD_WILDCARD;
                }
            } else if (c == 0) {
                return Validity.NUL;
            } else if (c >= 0x80) {
                if (Character.isSurrogate(c)) {
                    if (!isPair(text, i)) {
                        return Validity.NUL;
                    }
                    i++;
                    bytes += 2; // four bytes for two chars
                } else {
                    bytes += c < 0x800 ? 1 : 2;
                }
            }
        }
        if (bytes > limit) {
            return Validity.TOO_LONG;
        }
        return levels > maxLevels ? Validity.TOO_DEEP : Validity.VALID;
    }

    /** Whether the wildcard fills its level, and is the last one if it is {@code #}. */
    private static boolean standsAlone(String filter, int at, int filterFrom) {
        boolean opens = at == filterFrom || filter.charAt(at - 1) == '/';
        boolean ends = at + 1 == filter.length();
        return opens && (ends || (filter.charAt(at) == '+' && filter.charAt(at + 1) == '/'));
    }

    private static boolean isPair(String text, int at) {
        return at + 1 < text.length() && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1));
    }

    /**
     * Whether a topic name is that of the state of a bridge, {@code $SYS/broker/connection/NAME/state}, to which a mosquitto that is
     * a bridge publishes 1 while it is connected, and 0 by its will.
     */
    public static boolean isBridgeState(String topic) {
        return topic.startsWith(BRIDGES) && topic.endsWith(STATE) && topic.length() > BRIDGES.length() + STATE.length();
    }
}
