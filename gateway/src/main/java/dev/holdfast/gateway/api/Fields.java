// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a JSON object that somebody has sent, each with what it has to be. */
record Fields(ObjectNode json) {
    /** Refuses fields that are not known: a name that is misspelt would do something else than was meant, or nothing. */
    Fields only(Set<String> names) throws Problem {
        for (Iterator<String> all = json.fieldNames(); all.hasNext(); ) {
            String name = all.next();
            if (!names.contains(name)) {
                throw Problem.badField(
                        name,
                        "not known; expected "
                                + String.join(", ", names.stream().sorted().toList()));
            }
        }
        return this;
    }

    boolean has(String name) {
        JsonNode value = json.get(name);
        return value != null && !value.isNull();
    }

    @Nullable
    String textOrNull(String name) throws Problem {
        if (!has(name)) {
            return null;
        }
        JsonNode value = json.get(name);
        if (!value.isTextual()) {
            throw Problem.badField(name, "expected text");
        }
        return value.textValue();
    }

    String text(String name) throws Problem {
        String text = textOrNull(name);
        if (text == null) {
            throw Problem.badField(name, "expected");
        }
        return text;
    }

    long number(String name, long least, long most, long otherwise) throws Problem {
        return has(name) ? number(name, least, most) : otherwise;
    }

    long number(String name, long least, long most) throws Problem {
        JsonNode value = json.get(name);
        if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
            throw Problem.badField(name, "expected a number from " + least + " to " + most);
        }
        long number = value.longValue();
        if (number < least || number > most) {
            throw Problem.badField(name, "expected a number from " + least + " to " + most);
        }
        return number;
    }

    boolean flag(String name, boolean otherwise) throws Problem {
        if (!has(name)) {
            return otherwise;
        }
        if (!json.get(name).isBoolean()) {
            throw Problem.badField(name, "expected true or false");
        }
        return json.get(name).booleanValue();
    }

    @Nullable
    ArrayNode listOrNull(String name) throws Problem {
        if (!has(name)) {
            return null;
        }
        if (!(json.get(name) instanceof ArrayNode list)) {
            throw Problem.badField(name, "expected a list");
        }
        return list;
    }
}
