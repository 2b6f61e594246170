// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ${clientid}}, {@code ${username}} and {@code ${sub}} stand for with one client. Each is replaced once and
 * literally: a value that looks like a placeholder stays what it is.
 *
 * @param clientId the client identifier
 * @param username the User Name, or null
 * @param subject the token's subject
 */
record Placeholders(String clientId, @Nullable String username, String subject) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}?");

    /** Whether a text has placeholders at all. */
    static boolean in(String text) {
        return text.contains("${");
    }

    /** Whether every placeholder in a text is one of ours. */
    static boolean areKnown(String text) {
        Matcher each = PLACEHOLDER.matcher(text);
        while (each.find()) {
            boolean known = switch (each.group()) {
                case "${clientid}", "${username}", "${sub}" -> true;
                default -> false;
            };
            if (!known) {
                return false;
            }
        }
        return true;
    }

    /** Whether a text means another thing with another client of the same token. */
    static boolean dependsOnClient(String text) {
        return text.contains("${clientid}") || text.contains("${username}");
    }

    /** The text with the values in it; null when one is missing. For comparing with something, whole. */
    @Nullable
    String fill(String text) {
        return fill(text, false);
    }

    /**
     * The text with the values in it, as a part of a topic filter; null when one is missing or could mean more than
     * itself there: a wildcard, a level separator, a placeholder, or a {@code $} where the first level begins.
     */
    @Nullable
    String fillTopic(String text) {
        String filled = fill(text, true);
        boolean becameSystem = filled != null && filled.startsWith("$") && text.startsWith("${");
        return becameSystem ? null : filled;
    }

    private @Nullable String fill(String text, boolean topic) {
        if (!in(text)) {
            return text;
        }
        StringBuilder filled = new StringBuilder();
        Matcher each = PLACEHOLDER.matcher(text);
        while (each.find()) {
            String value = switch (each.group()) {
                case "${clientid}" -> clientId;
                case "${username}" -> username;
                case "${sub}" -> subject;
                default -> null;
            };
            if (value == null || value.isEmpty() || (topic && !isOneLevel(value))) {
                return null;
            }
            each.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        return each.appendTail(filled).toString();
    }

    private static boolean isOneLevel(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '+' || c == '#' || c == '/' || c < ' ' || c == 0x7f) {
                return false;
            }
        }
        return !in(value);
    }
}
