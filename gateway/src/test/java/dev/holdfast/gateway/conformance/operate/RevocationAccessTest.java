// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.InProcessGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may revoke tokens, and look at what has been revoked. */
final class RevocationAccessTest {
    private static InProcessGateway gateway(String... settings) {
        return InProcessGateway.start(List.of(settings));
    }

    private static int status(
            InProcessGateway gateway, String method, @Nullable String token, @Nullable String forwarded)
            throws Exception {
        boolean isPost = method.equals("POST");
        String query = method.equals("DELETE") ? "?issuer=x&jti=1" : "";
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminPort() + "/revocations" + query))
                .method(method, isPost ? BodyPublishers.ofString("{}") : BodyPublishers.noBody());
        if (isPost) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (forwarded != null) {
            request.header("X-Forwarded-For", forwarded);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), BodyHandlers.discarding())
                .statusCode();
    }

    @ParameterizedTest
    @CsvSource({
        // What is refused for its token says 401 or 403; what may ask is told of its body or query.
        "GET, , 401",
        "GET, wrong-wrong-wrong-wrong, 401",
        "GET, " + ApiClient.READ + ", 200",
        "GET, " + ApiClient.WRITE + ", 200",
        "POST, , 401",
        "POST, wrong-wrong-wrong-wrong, 401",
        "POST, " + ApiClient.READ + ", 403",
        "POST, " + ApiClient.WRITE + ", 400",
        "DELETE, , 401",
        "DELETE, " + ApiClient.READ + ", 403",
        "DELETE, " + ApiClient.WRITE + ", 400"
    })
    void whereTheApiHasTokensTheyAreNeeded(String method, @Nullable String token, int expected) throws Exception {
        try (InProcessGateway gateway =
                gateway("api.read-token=" + ApiClient.READ, "api.write-token=" + ApiClient.WRITE)) {
            assertThat(status(gateway, method, token, null)).isEqualTo(expected);
        }
    }

    @Test
    void withoutTokensWhoeverIsOnThisMachineMayAndNotThroughAProxy() throws Exception {
        try (InProcessGateway gateway = gateway()) {
            assertThat(status(gateway, "GET", null, null)).isEqualTo(200);
            assertThat(status(gateway, "POST", null, null)).isEqualTo(400);
            assertThat(status(gateway, "GET", null, "203.0.113.7")).isEqualTo(403);
            assertThat(status(gateway, "POST", null, "203.0.113.7")).isEqualTo(403);
            assertThat(status(gateway, "DELETE", null, "203.0.113.7")).isEqualTo(403);
            assertThat(status(gateway, "POST", ApiClient.WRITE, null))
                    .as("a token that nobody set")
                    .isEqualTo(401);
        }
    }

    @Test
    void whereOnlyChangingTakesATokenWhoeverIsOnThisMachineMayLook() throws Exception {
        try (InProcessGateway gateway = gateway("api.write-token=" + ApiClient.WRITE)) {
            assertThat(status(gateway, "GET", null, null)).isEqualTo(200);
            assertThat(status(gateway, "POST", null, null)).isEqualTo(401);
        }
    }
}
