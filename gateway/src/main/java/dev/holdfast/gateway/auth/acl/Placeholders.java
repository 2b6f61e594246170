// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.auth.token.Claims;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ${clientid}}, {@code ${username}}, {@code ${sub}} and {@code ${claims.name}} stand for with one client. Each is
 * replaced once and literally: a value that looks like a placeholder stays what it is.
 *
 * @param clientId the client identifier
 * @param username the User Name, or null
 * @param subject the token's subject
 * @param claims the token's claims
 */
public record Placeholders(String clientId, @Nullable String username, String subject, Claims claims) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}?");
    private static final String CLAIM = "${claims.";

    /** How many texts one text may become. */
    private static final int MOST_TEXTS = 100;

    /** Those of a client without claims. */
    Placeholders(String clientId, @Nullable String username, String subject) {
        this(clientId, username, subject, Claims.NONE);
    }

    /**
     * A text with values in it.
     *
     * @param texts one for each combination of values
     * @param isWhole whether no value was missing, or left out since it could mean more than itself
     */
    record Filled(List<String> texts, boolean isWhole) {}

    /** Whether a text has placeholders at all. */
    public static boolean in(String text) {
        return text.contains("${");
    }

    /** Whether every placeholder in a text is one of ours. */
    public static boolean areKnown(String text) {
        Matcher each = PLACEHOLDER.matcher(text);
        while (each.find()) {
            if (!isKnown(each.group())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isKnown(String placeholder) {
        return switch (placeholder) {
            case "${clientid}", "${username}", "${sub}" -> true;
            default ->
                placeholder.startsWith(CLAIM) && placeholder.endsWith("}") && placeholder.length() > CLAIM.length() + 1;
        };
    }

    /** Whether a placeholder is the only one in a text: who knows the text then knows its value. */
    public static boolean isOnly(String placeholder, String text) {
        return text.contains(placeholder)
                && !in(text.replace(placeholder, ""))
                && text.indexOf(placeholder) == text.lastIndexOf(placeholder);
    }

    /** A text with something harmless for every placeholder. */
    static String sample(String text) {
        return PLACEHOLDER.matcher(text).replaceAll("a");
    }

    /** Whether a text means another thing with another client of the same token. */
    public static boolean dependsOnClient(String text) {
        return text.contains("${clientid}") || text.contains("${username}");
    }

    /** The text with the values in it; null when one is missing or not the only one. For comparing with something, whole. */
    @Nullable
    public String fill(String text) {
        Filled filled = fill(text, false);
        return filled.isWhole && filled.texts.size() == 1 ? filled.texts.get(0) : null;
    }

    /**
     * The texts with the values in them, as a part of a topic filter. A value is left out that could mean more than itself
     * there: a wildcard, a level separator, a placeholder, or a {@code $} where the first level begins.
     */
    Filled fillTopics(String text) {
        if (!in(text)) {
            return new Filled(List.of(text), true);
        }
        Filled filled = fill(text, true);
        List<String> harmless = filled.texts.stream()
                .filter(each -> !each.startsWith("$") || !text.startsWith("${"))
                .toList();
        return new Filled(harmless, filled.isWhole && harmless.size() == filled.texts.size());
    }

    private Filled fill(String text, boolean topic) {
        List<String> texts = List.of("");
        boolean isWhole = true;
        int at = 0;
        Matcher each = PLACEHOLDER.matcher(text);
        while (each.find()) {
            String between = text.substring(at, each.start());
            List<String> values = valuesOf(each.group());
            List<String> usable = values.stream()
                    .filter(value -> !value.isEmpty() && (!topic || isOneLevel(value)))
                    .toList();
            isWhole &= !usable.isEmpty() && usable.size() == values.size();
            List<String> longer = new ArrayList<>();
            for (String begun : texts) {
                for (String value : usable) {
                    if (longer.size() < MOST_TEXTS) {
                        longer.add(begun + between + value);
                    } else {
                        isWhole = false;
                    }
                }
            }
            texts = longer;
            at = each.end();
        }
        String rest = text.substring(at);
        return new Filled(texts.stream().map(begun -> begun + rest).toList(), isWhole);
    }

    private List<String> valuesOf(String placeholder) {
        String name = username;
        return switch (placeholder) {
            case "${clientid}" -> List.of(clientId);
            case "${username}" -> name == null ? List.of() : List.of(name);
            case "${sub}" -> List.of(subject);
            default ->
                isKnown(placeholder)
                        ? claims.texts(placeholder.substring(CLAIM.length(), placeholder.length() - 1))
                        : List.of();
        };
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

    /** Shows nothing of the token. */
    @Override
    public String toString() {
        return "Placeholders[" + clientId + "]";
    }
}
