// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;

/** What an operator sees of a gateway: its readiness, its metrics, its log. */
public final class Dashboard {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TestGateway gateway;

    public Dashboard(TestGateway gateway) {
        this.gateway = gateway;
    }

    public boolean seesReady() {
        return get("/readyz").statusCode() == 200;
    }

    /** The whole answer of /readyz. */
    public String readiness() {
        return get("/readyz").body();
    }

    /** The sum over all series of a metric; 0 if there is none. */
    public double metric(String name) {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** How many lines of the log contain a text. */
    public long logged(String text) {
        try {
            return Files.readString(gateway.log())
                    .lines()
                    .filter(line -> line.contains(text))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> get(String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
