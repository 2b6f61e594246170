// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Whoever runs a gateway, at its internal listener: revokes what {@link TokenDesk#ISSUER} has issued. */
public final class Operator {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TestGateway gateway;

    public Operator(TestGateway gateway) {
        this.gateway = gateway;
    }

    /** Revokes and expects that it is stored. */
    public void revoke(String kind, String value) {
        assertThat(tryRevoke(kind, value)).isEqualTo(201);
    }

    /** Revokes; the status of the answer. */
    public int tryRevoke(String kind, String value) {
        return tryRevoke(kind, value, "");
    }

    /** Revokes with further members of the JSON object; the status of the answer. */
    public int tryRevoke(String kind, String value, String more) {
        String json = "{\"issuer\":\"" + TokenDesk.ISSUER + "\",\"" + kind + "\":\"" + value + "\"" + more + "}";
        return send(request("")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)))
                .statusCode();
    }

    /** Takes a revocation back; the status of the answer. */
    public int lift(String kind, String value) {
        String query = "?issuer=" + encoded(TokenDesk.ISSUER) + "&" + kind + "=" + encoded(value);
        return send(request(query).DELETE()).statusCode();
    }

    /** What holds in this gateway, as JSON. */
    public String list() {
        return send(request("").GET()).body();
    }

    private HttpRequest.Builder request(String query) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.adminPort() + "/revocations" + query);
        return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
