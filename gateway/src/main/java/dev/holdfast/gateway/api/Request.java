// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

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
record Request(
        List<String> variables,
        Map<String, String> query,
        @Nullable ObjectNode body,
        @Nullable String idempotencyKey) {
    static final int USUAL_LIMIT = 100;
    static final int MOST = 1_000;

    Request with(@Nullable ObjectNode newBody) {
        return new Request(variables, query, newBody, idempotencyKey);
    }

    /** A key that is not empty and not long. */
    static String idempotencyKey(String field, String key) throws Problem {
        if (key.isEmpty() || key.length() > IdempotencyKeys.MOST_CHARS) {
            throw Problem.badField(field, "expected 1 to " + IdempotencyKeys.MOST_CHARS + " characters");
        }
        return key;
    }

    String variable() {
        return variables.get(0);
    }

    @Nullable
    String parameter(String name) {
        return query.get(name);
    }

    String required(String name) throws Problem {
        String value = query.get(name);
        if (value == null || value.isEmpty()) {
            throw Problem.badField(name, "expected, and not empty");
        }
        return value;
    }

    /** How many things one page is to have at the most. */
    int limit() throws Problem {
        return number("limit", 1, MOST, USUAL_LIMIT);
    }

    int number(String name, int least, int most, int otherwise) throws Problem {
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
    String word(String name, Set<String> words) throws Problem {
        String value = query.get(name);
        if (value != null && !words.contains(value)) {
            throw Problem.badField(
                    name,
                    "expected one of "
                            + String.join(", ", words.stream().sorted().toList()));
        }
        return value;
    }

    Fields fields() throws Problem {
        ObjectNode present = body;
        if (present == null) {
            throw new Problem(Problem.Kind.BAD_REQUEST, "the body: expected a JSON object");
        }
        return new Fields(present);
    }
}
