// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.Locale;

/** For whom a command prints. */
public enum OutputFormat {
    /** People: columns, ages, sizes in units. What is printed so may change. */
    TABLE,
    /** Programs: one JSON document, with the names and values of the REST API. */
    JSON;

    /** Prints a document, indented. */
    public static void print(JsonNode json, PrintWriter out) {
        try {
            out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json));
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree can always be written
        }
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
