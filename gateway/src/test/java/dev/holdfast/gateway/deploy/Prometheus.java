// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.fault.rig.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real Prometheus with the files under {@code deploy/observe}, but for the targets, which are the test's own. */
final class Prometheus implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Program program;
    private final int port = FreePorts.first(1);

    private Prometheus(Path directory, Path configuration) {
        program = Program.start(
                Map.of(),
                directory,
                List.of(
                        Program.find("prometheus"),
                        "--config.file=" + configuration.toAbsolutePath(),
                        "--storage.tsdb.path=" + directory.resolve("data").toAbsolutePath(),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn"));
    }

    /**
     * Starts it.
     *
     * @param targets what an operator writes into a file under targets/
     */
    static Prometheus start(Path directory, String targets) throws IOException {
        for (String name : List.of("prometheus.yml", "alerts.yml")) {
            // Prometheus looks for what a file names beside the link.
            Files.createSymbolicLink(
                    directory.resolve(name), Expressions.FILES.resolve(name).toRealPath());
        }
        Files.writeString(Files.createDirectory(directory.resolve("targets")).resolve("fleet.yml"), targets);
        Prometheus prometheus = new Prometheus(directory, directory.resolve("prometheus.yml"));
        await().ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> prometheus.get("/-/ready").contains("Ready"));
        return prometheus;
    }

    private String get(String path) throws IOException {
        return new String(
                URI.create("http://127.0.0.1:" + port + path)
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }

    /** The answer to an expression. */
    JsonNode query(String expression) throws IOException {
        return JSON.readTree(get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)));
    }

    /** The value of the only series of an answer; NaN if there is none. */
    double value(String expression) throws IOException {
        JsonNode result = query(expression).get("data").get("result");
        return result.isEmpty() ? Double.NaN : result.get(0).get("value").get(1).asDouble();
    }

    /** The names of all alerts that are pending or firing, but for those by which a busy machine tells that it is. */
    List<String> alerts() {
        try {
            List<String> names = new ArrayList<>();
            JSON.readTree(get("/api/v1/alerts"))
                    .get("data")
                    .get("alerts")
                    .forEach(alert ->
                            names.add(alert.get("labels").get("alertname").asText()));
            names.removeAll(List.of("HoldfastSlow", "HoldfastRedisSlow"));
            return names;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The names of all metrics that it has ever seen. */
    List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        JSON.readTree(get("/api/v1/label/__name__/values")).get("data").forEach(name -> names.add(name.asText()));
        return names;
    }

    @Override
    public void close() {
        program.close();
    }
}
