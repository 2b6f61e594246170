// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked, decoded.
 *
 * @param variables what stood in the path for the braces of the template
 * @param query its parameters, each once
 * @param body null if there was none
 * @param idempotencyKey under which it is done once, or null
 */
public record Request(
        List<String> variables,
        Map<String, String> query,
        @Nullable ObjectNode body,
        @Nullable String idempotencyKey) {
    static final int USUAL_LIMIT = 100;
    /** How many things one page has at the most. */
    public static final int MOST = 1_000;

    /** The same with another body. */
    public Request with(@Nullable ObjectNode newBody) {
        return new Request(variables, query, newBody, idempotencyKey);
    }

    /** A key that is not empty and not long. */
    public static String idempotencyKey(String field, String key) throws Problem {
        if (key.isEmpty() || key.length() > IdempotencyKeys.MOST_CHARS) {
            throw Problem.badField(field, "expected 1 to " + IdempotencyKeys.MOST_CHARS + " characters");
        }
        return key;
    }

    /** What stood in the path for the first braces. */
    public String variable() {
        return variables.get(0);
    }

    /** A parameter of the query, or null. */
    @Nullable
    public String parameter(String name) {
        return query.get(name);
    }

    /** A parameter that has to be there. */
    public String required(String name) throws Problem {
        String value = query.get(name);
        if (value == null || value.isEmpty()) {
            throw Problem.badField(name, "expected, and not empty");
        }
        return value;
    }

    /** How many things one page is to have at the most. */
    public int limit() throws Problem {
        return number("limit", 1, MOST, USUAL_LIMIT);
    }

    /** A parameter that is a whole number within these bounds, inclusive, or {@code otherwise} if it is not there. */
    public int number(String name, int least, int most, int otherwise) throws Problem {
        String value = query.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw Problem.badField(name, "expected a number from " + least + " to " + most);
        }
        throw Problem.badField(name, "expected a number from " + least + " to " + most);
    }

    /** One of some words, or null. */
    @Nullable
    public String word(String name, Set<String> words) throws Problem {
        String value = query.get(name);
        if (value != null && !words.contains(value)) {
            throw Problem.badField(
                    name,
                    "expected one of "
                            + String.join(", ", words.stream().sorted().toList()));
        }
        return value;
    }

    /** The fields of the body, which has to be there. */
    public Fields fields() throws Problem {
        ObjectNode present = body;
        if (present == null) {
            throw new Problem(Problem.Kind.BAD_REQUEST, "the body: expected a JSON object");
        }
        return new Fields(present);
    }
}
