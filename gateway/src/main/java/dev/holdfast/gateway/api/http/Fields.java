// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a JSON object that somebody has sent, each with what it has to be. */
public record Fields(ObjectNode json) {
    /** Refuses fields that are not known: a name that is misspelt would do something else than was meant, or nothing. */
    public Fields only(Set<String> names) throws Problem {
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

    /** Whether the field is there and is not null. */
    public boolean has(String name) {
        JsonNode value = json.get(name);
        return value != null && !value.isNull();
    }

    /** A text, or null if it is not there. */
    @Nullable
    public String textOrNull(String name) throws Problem {
        if (!has(name)) {
            return null;
        }
        JsonNode value = json.get(name);
        if (!value.isTextual()) {
            throw Problem.badField(name, "expected text");
        }
        return value.textValue();
    }

    /** A text that has to be there. */
    public String text(String name) throws Problem {
        String text = textOrNull(name);
        if (text == null) {
            throw Problem.badField(name, "expected");
        }
        return text;
    }

    /** A whole number within these bounds, inclusive, or {@code otherwise} if it is not there. */
    public long number(String name, long least, long most, long otherwise) throws Problem {
        return has(name) ? number(name, least, most) : otherwise;
    }

    /** A whole number within these bounds, inclusive, that has to be there. */
    public long number(String name, long least, long most) throws Problem {
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

    /** True or false, or {@code otherwise} if it is not there. */
    public boolean flag(String name, boolean otherwise) throws Problem {
        if (!has(name)) {
            return otherwise;
        }
        if (!json.get(name).isBoolean()) {
            throw Problem.badField(name, "expected true or false");
        }
        return json.get(name).booleanValue();
    }

    /** A list, or null if it is not there. */
    @Nullable
    public ArrayNode listOrNull(String name) throws Problem {
        if (!has(name)) {
            return null;
        }
        if (!(json.get(name) instanceof ArrayNode list)) {
            throw Problem.badField(name, "expected a list");
        }
        return list;
    }
}
