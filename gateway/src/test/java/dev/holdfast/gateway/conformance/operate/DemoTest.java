// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the demo page asks of a gateway with {@code --dev}, on the port where it connects by WebSocket. */
@OnGateway
final class DemoTest {
    private static final HttpClient BROWSER = HttpClient.newHttpClient();

    @Test
    void aTokenIsIssuedAndItsLifetimeIsWhatWasAskedFor(Lab lab) throws Exception {
        JsonNode answer = json(get(lab, "/demo/token?seconds=90"));

        String[] parts = answer.get("token").asText().split("\\.");
        JsonNode claims = new ObjectMapper().readTree(Base64.getUrlDecoder().decode(parts[1]));

        assertThat(claims.get("exp").asLong() - claims.get("iat").asLong()).isEqualTo(90);
        assertThat(get(lab, "/demo/token?seconds=0").statusCode()).isEqualTo(400);
        assertThat(get(lab, "/demo/token").statusCode()).isEqualTo(400);
    }

    @Test
    void onlySessionsOfTheDemoAreToldOf(Lab lab) throws Exception {
        assertThat(get(lab, "/demo/session?client=" + lab.id("somebody")).statusCode())
                .isEqualTo(400);
        assertThat(json(get(lab, "/demo/session?client=demo-nobody-" + System.nanoTime())))
                .isEqualTo(new ObjectMapper().readTree("{\"known\":false}"));
    }

    /** The page of one gateway asks the others on the same machine; a page of somebody else's gets no answer it can read. */
    @Test
    void onlyPagesOfTheSameHostMayReadTheAnswers(Lab lab) throws Exception {
        HttpResponse<String> neighbour = get(lab, "/demo/config", "Origin", "http://127.0.0.1:9");
        HttpResponse<String> stranger = get(lab, "/demo/token?seconds=9", "Origin", "https://evil.example");

        assertThat(neighbour.headers().firstValue("Access-Control-Allow-Origin"))
                .contains("http://127.0.0.1:9");
        assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void plainRequestsDoNotDisturbTheWebSocketOnTheSamePort(Lab lab) throws Exception {
        assertThat(get(lab, "/mqtt").statusCode()).isEqualTo(426);
        assertThat(get(lab, "/demo/config").statusCode()).isEqualTo(200);
        CompletableFuture<WebSocket> socket = BROWSER.newWebSocketBuilder()
                .subprotocols("mqtt")
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + lab.gateway().wsPort() + "/mqtt"), new WebSocket.Listener() {});

        assertThat(socket.get(20, TimeUnit.SECONDS).getSubprotocol()).isEqualTo("mqtt");
        socket.join().abort();
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        return new ObjectMapper().readTree(response.body());
    }

    private static HttpResponse<String> get(Lab lab, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + lab.gateway().wsPort() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return BROWSER.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
