// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a gateway exposes to Prometheus at one moment.
 *
 * @param contentType of the answer
 * @param text the answer
 */
public record Exposition(String contentType, String text) {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern SERIES = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (\\S+)(?: .*)?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** One line. */
    public record Series(String name, Map<String, String> labels, double value) {}

    public static Exposition of(TestGateway gateway) {
        return of(gateway, "text/plain");
    }

    public static Exposition of(TestGateway gateway, String accept) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + "/metrics"))
                            .header("Accept", accept)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Exposition(answer.headers().firstValue("Content-Type").orElse(""), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All lines that hold a value. */
    public List<Series> series() {
        return text.lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .map(Exposition::parsed)
                .toList();
    }

    private static Series parsed(String line) {
        Matcher matcher = SERIES.matcher(line);
        if (!matcher.matches()) {
            throw new AssertionError("no series: " + line);
        }
        Map<String, String> labels = new LinkedHashMap<>();
        Matcher label = LABEL.matcher(matcher.group(2) == null ? "" : matcher.group(2));
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return new Series(matcher.group(1), labels, Double.parseDouble(matcher.group(3)));
    }

    /** The values of some metrics, by their series as they are printed. */
    public Map<String, Double> values(String... names) {
        Map<String, Double> values = new TreeMap<>();
        series().stream()
                .filter(each -> List.of(names).contains(each.name()))
                .forEach(each -> values.put(each.name() + each.labels(), each.value()));
        return values;
    }

    /** Type by name, of each metric, as the comments say it. */
    public Map<String, String> types() {
        return comments("# TYPE ");
    }

    /** Help by name. */
    public Map<String, String> help() {
        return comments("# HELP ");
    }

    private Map<String, String> comments(String begin) {
        Map<String, String> all = new TreeMap<>();
        text.lines().filter(line -> line.startsWith(begin)).forEach(line -> {
            String[] parts = line.substring(begin.length()).split(" ", 2);
            all.put(parts[0], parts[1]);
        });
        return all;
    }

    /** The values that a label has, over all series of a metric. */
    Set<String> labelValues(String name, String label) {
        Set<String> values = new TreeSet<>();
        series().stream()
                .filter(each -> each.name().equals(name) && each.labels().containsKey(label))
                .forEach(each -> values.add(each.labels().get(label)));
        return values;
    }
}
