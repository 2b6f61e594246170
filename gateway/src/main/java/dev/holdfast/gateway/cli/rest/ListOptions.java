// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.OutputFormat;
import dev.holdfast.gateway.cli.terminal.Table;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How much of a list is printed, and from where on. */
final class ListOptions {
    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many at the most (default ${DEFAULT-VALUE}); --all for all of them.")
    long limit = 100;

    @Option(names = "--all", description = "All of them, a page at a time.")
    boolean isWhole;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Goes on where an earlier list has said so.")
    @Nullable
    String cursor;

    /**
     * Prints a list: as a table whose rows come as they are read, or as one JSON document.
     *
     * @param row adds an item to the table
     */
    void print(
            Pages pages,
            Map<String, String> parameters,
            CommandLine to,
            boolean isJson,
            Table table,
            Consumer<JsonNode> row)
            throws CommandFailure, InterruptedException {
        long most = isWhole ? Long.MAX_VALUE : limit;
        if (most < 1) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --limit: expected 1 or more, got " + limit);
        }
        if (isJson) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            ArrayNode all = json.putArray(pages.name());
            json.put("next", pages.read(parameters, cursor, most, page -> page.forEach(all::add)));
            OutputFormat.print(json, to.getOut());
            return;
        }
        boolean[] isAny = {false};
        String next = pages.read(parameters, cursor, most, page -> {
            page.forEach(row);
            table.print(to.getOut());
            isAny[0] = true;
        });
        // What is said about the list is no part of it.
        if (next != null) {
            to.getErr().println("there is more: --cursor " + next + ", or --all");
        } else if (!isAny[0]) {
            to.getErr().println("none");
        }
    }
}
