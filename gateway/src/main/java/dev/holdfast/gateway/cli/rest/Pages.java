// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.app.CommandFailure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A list that is read page by page: a page may be short, even empty, and not be the last.
 *
 * @param path of the list
 * @param name of the array in each page
 * @param largest how many the API gives at once
 */
record Pages(ApiClient api, String path, String name, int largest) {
    /**
     * Reads as many as are wanted.
     *
     * @param parameters besides limit and cursor
     * @param cursor where to begin; null for the beginning
     * @param most how many at the most
     * @param page gets the items of each page that has some
     * @return where the rest begins; null if there is none
     */
    @Nullable
    String read(Map<String, String> parameters, @Nullable String cursor, long most, Consumer<JsonNode> page)
            throws CommandFailure, InterruptedException {
        String next = cursor;
        long left = most;
        do {
            Map<String, String> all = new LinkedHashMap<>(parameters);
            all.put("limit", Long.toString(Math.min(left, largest)));
            if (next != null) {
                all.put("cursor", next);
            }
            JsonNode answer = api.get(path + ApiClient.query(all));
            JsonNode items = answer.path(name);
            if (!items.isEmpty()) {
                page.accept(items);
            }
            left -= items.size();
            next = answer.path("next").isTextual() ? answer.path("next").textValue() : null;
        } while (next != null && left > 0);
        return next;
    }
}
