// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a request is answered with.
 *
 * @param status the HTTP status, below 400
 * @param body null for none
 * @param headers further ones
 */
public record Answer(int status, @Nullable JsonNode body, Map<String, String> headers) {
    private static final Answer NOTHING = new Answer(204, null, Map.of());

    /** 200, with a body. */
    public static Answer ok(JsonNode body) {
        return new Answer(200, body, Map.of());
    }

    /** It was done, there is nothing to say. */
    public static Answer nothing() {
        return NOTHING;
    }

    /** 200 with a body, for an operation that has its answer at once. */
    public static CompletionStage<Answer> now(JsonNode body) {
        return CompletableFuture.completedFuture(ok(body));
    }
}
