// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An operator at the REST API of a gateway: every answer is held to the description that the gateway serves. */
public final class ApiClient {
    public static final String READ = "read-token-of-the-tests";
    public static final String WRITE = "write-token-of-the-tests";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestGateway gateway;
    private final String token;
    private final JsonNode description;

    public ApiClient(TestGateway gateway, String token) {
        this.gateway = gateway;
        this.token = token;
        this.description = json(send("GET", "/openapi.json", null));
    }

    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode description() {
        return description;
    }

    /** Asks, and expects 200. */
    public JsonNode get(String path) {
        return expect(200, "GET", path, null);
    }

    /** Asks or orders, expects a status, and returns the body. */
    public JsonNode expect(int status, String method, String path, @Nullable String body) {
        HttpResponse<String> answer = send(method, path, body);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(status);
        if (status == 204) {
            assertThat(answer.body()).isEmpty();
            return JSON.nullNode();
        }
        JsonNode json = json(answer);
        JsonNode schema = schema(method, path, status);
        assertThat(faults(json, schema, ""))
                .as("%s %s against the description: %s", method, path, json)
                .isEmpty();
        return json;
    }

    public HttpResponse<String> send(String method, String path, @Nullable String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminPort() + "/api/v1" + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return send(request.build());
    }

    public static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- the description

    private JsonNode schema(String method, String path, int status) {
        if (status >= 400) {
            return description.at("/components/schemas/Problem");
        }
        String bare = path.replaceAll("\\?.*", "");
        for (Map.Entry<String, JsonNode> each : description.get("paths").properties()) {
            if (bare.matches(each.getKey().replaceAll("\\{[a-z]+}", "[^/]+"))) {
                JsonNode answer = each.getValue()
                        .path(method.toLowerCase(Locale.ROOT))
                        .path("responses")
                        .path(String.valueOf(status));
                assertThat(answer.isMissingNode())
                        .as("%s %s %d is described", method, path, status)
                        .isFalse();
                return answer.at("/content/application~1json/schema");
            }
        }
        throw new AssertionError(path + " is not described");
    }

    /** Where a value is not as its schema has it; knows as much of JSON Schema as the description uses. */
    private List<String> faults(JsonNode value, JsonNode schema, String at) {
        if (schema.has("$ref")) {
            return faults(value, description.at(schema.get("$ref").asText().substring(1)), at);
        }
        List<String> faults = new ArrayList<>();
        JsonNode type = schema.path("type");
        List<String> types = new ArrayList<>();
        if (type.isTextual()) {
            types.add(type.asText());
        }
        type.forEach(each -> types.add(each.asText()));
        String is = value.isObject()
                ? "object"
                : value.isArray()
                        ? "array"
                        : value.isTextual()
                                ? "string"
                                : value.isBoolean()
                                        ? "boolean"
                                        : value.isNull() ? "null" : value.isIntegralNumber() ? "integer" : "number";
        if (!types.contains(is) && !(is.equals("integer") && types.contains("number"))) {
            faults.add(at + " is " + is + ", not " + types);
            return faults;
        }
        if (schema.has("enum")
                && !JSON.valueToTree(schema.get("enum")).toString().contains(value.toString())) {
            faults.add(at + " is none of " + schema.get("enum"));
        }
        if (value.isObject() && schema.has("properties")) {
            schema.path("required").forEach(name -> {
                if (!value.has(name.asText())) {
                    faults.add(at + "/" + name.asText() + " is missing");
                }
            });
            value.properties().forEach(each -> {
                JsonNode property = schema.get("properties").get(each.getKey());
                if (property == null) {
                    faults.add(at + "/" + each.getKey() + " is not described");
                } else {
                    faults.addAll(faults(each.getValue(), property, at + "/" + each.getKey()));
                }
            });
        }
        if (value.isArray()) {
            value.forEach(each -> faults.addAll(faults(each, schema.path("items"), at + "[]")));
        }
        return faults;
    }
}
