// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.holdfast.gateway.app.CommandFailure;
import dev.holdfast.gateway.cli.terminal.Words;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Asks the REST API of one gateway, one question at a time, and tells refusals so that the operator can act on them: exit code
 * 1 nobody there or the store away, 2 wrongly asked, 3 refused, 4 no answer in time.
 */
final class ApiClient {
    private static final String PREFIX = "/api/v1";
    private static final int NO_CONTENT = 204;
    private static final int FIRST_REFUSAL = 300;
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int SERVER_ERROR = 500;
    private static final int UNAVAILABLE = 503;
    private static final int TIMEOUT = 504;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI url;
    private final @Nullable String token;
    private final Duration patience;
    private final HttpClient http;

    ApiClient(URI url, @Nullable String token, SSLContext tls, Duration patience) {
        this.url = url;
        this.token = token;
        this.patience = patience;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(patience)
                .sslContext(tls)
                .build();
    }

    /** A segment of a path, whatever is in it. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Parameters as a query with its question mark; nothing if there are none. */
    static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + segment(each.getValue()))
                .collect(Collectors.collectingAndThen(
                        Collectors.joining("&"), query -> query.isEmpty() ? "" : "?" + query));
    }

    /** What there is, behind a path below {@code /api/v1}. */
    JsonNode get(String path) throws CommandFailure, InterruptedException {
        return send("GET", path, null);
    }

    /**
     * Orders something.
     *
     * @return the answer; a missing node where it has none
     * @throws CommandFailure with the words of the gateway if it refuses
     */
    JsonNode send(String method, String path, @Nullable JsonNode body) throws CommandFailure, InterruptedException {
        BodyPublisher sent = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString());
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address(path)).method(method, sent).timeout(patience);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        try {
            if (token != null) {
                request.header("Authorization", "Bearer " + token);
            }
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "holdfast: the token holds characters that no token has (--api-token-file)");
        }
        return read(exchange(request.build()));
    }

    private URI address(String path) throws CommandFailure {
        String scheme = url.getScheme();
        if (!"http".equals(scheme) && !"https".equals(scheme)) {
            throw new CommandFailure(CommandFailure.USAGE, "holdfast: --api: expected http://host:port, got " + url);
        }
        String base = url.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + PREFIX + path);
    }

    private HttpResponse<byte[]> exchange(HttpRequest request) throws CommandFailure, InterruptedException {
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (HttpTimeoutException e) {
            throw new CommandFailure(
                    CommandFailure.TIMED_OUT,
                    "holdfast: no answer from " + url + " within " + Words.duration(patience)
                            + " (--timeout); what was ordered may still be done");
        } catch (SSLException e) {
            throw CommandFailure.failed(url + ": " + e.getMessage()
                    + "; whom to trust says --cacert, and the internal listener itself speaks http");
        } catch (IOException e) {
            throw CommandFailure.failed("no gateway answers at " + url
                    + "; --api or HOLDFAST_CLI_API says where the internal listener is (listeners.admin-port, 9080)");
        }
    }

    private JsonNode read(HttpResponse<byte[]> answer) throws CommandFailure {
        int status = answer.statusCode();
        if (status == NO_CONTENT) {
            return MissingNode.getInstance();
        }
        JsonNode json;
        try {
            json = JSON.readTree(answer.body());
        } catch (IOException notOurs) {
            json = MissingNode.getInstance();
        }
        if (status < FIRST_REFUSAL && json.isObject()) {
            return json;
        }
        String detail = json.path("detail").asText();
        if (detail.isEmpty()) {
            throw CommandFailure.failed("HTTP status " + status + " from " + url
                    + "; is this the internal listener of a gateway (--api), of this release?");
        }
        // A configuration that cannot be used has a line for each of its problems.
        throw refused(status, detail.lines().map(Words::escaped).collect(Collectors.joining(System.lineSeparator())));
    }

    private CommandFailure refused(int status, String detail) {
        String words = "holdfast: " + detail;
        if (status == UNAUTHORIZED) {
            return new CommandFailure(
                    CommandFailure.REFUSED,
                    words + "; " + (token == null ? "name a file with one" : "the one that was shown is wrong")
                            + " (--api-token-file, HOLDFAST_CLI_API_TOKEN)");
        }
        int exitCode = switch (status) {
            case BAD_REQUEST -> CommandFailure.USAGE;
            case TIMEOUT -> CommandFailure.TIMED_OUT;
            case SERVER_ERROR, UNAVAILABLE -> CommandFailure.FAILED;
            default -> CommandFailure.REFUSED;
        };
        return new CommandFailure(exitCode, words);
    }
}
