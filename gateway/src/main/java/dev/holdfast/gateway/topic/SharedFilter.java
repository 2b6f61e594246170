// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import org.jspecify.annotations.Nullable;

/**
 * A shared subscription's filter, {@code $share/{group}/{filter}} (MQTT 5, 4.8.2).
 *
 * @param group the share name, at least one character, without {@code / + #}
 * @param filter the topic filter its members share, not empty
 */
public record SharedFilter(String group, String filter) {

    static final String SHARE = "$share";
    static final String PREFIX = SHARE + "/";

    /**
     * Takes a shared filter apart; null when it is an ordinary filter, or one that {@link Topics#filter} calls
     * {@link Topics.Validity#BAD_SHARE}.
     */
    public static @Nullable SharedFilter parse(String filter) {
        int filterAt = isShare(filter) ? filterAt(filter) : -1;
        if (filterAt < 0) {
            return null;
        }
        return new SharedFilter(filter.substring(PREFIX.length(), filterAt - 1), filter.substring(filterAt));
    }

    static boolean isShare(String filter) {
        return filter.startsWith(SHARE) && (filter.length() == SHARE.length() || filter.charAt(SHARE.length()) == '/');
    }

    /** Where the filter behind the group begins, or -1 when the group or the filter is missing or wrong. */
    static int filterAt(String filter) {
        int group = PREFIX.length();
        for (int i = group; i < filter.length(); i++) {
            char c = filter.charAt(i);
            if (c == '/') {
                return i > group && i + 1 < filter.length() ? i + 1 : -1; // [MQTT-4.8.2-1]
            }
            if (c == '+' || c == '#') {
                return -1; // [MQTT-4.8.2-2]
            }
        }
        return -1;
    }
}
