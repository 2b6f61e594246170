// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the files under {@code deploy/observe} ask Prometheus. */
final class Expressions {
    static final Path FILES = Path.of("..", "deploy", "observe");

    private static final Pattern METRIC =
            Pattern.compile("(?<![\\w\"])(?:(?:mqtt_gateway|jvm|process|system|haproxy)_\\w+|up\\b)");

    private Expressions() {}

    /** Those of the dashboard, as Grafana asks them for all gateways. */
    static List<String> ofDashboard() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(FILES.resolve("grafana").resolve("holdfast.json").toFile());
        return dashboard.get("panels").findValuesAsText("expr").stream()
                .map(expression -> expression.replace("$__rate_interval", "1m").replace("$instance", ".*"))
                .toList();
    }

    /** Those of the alerts. */
    static List<String> ofAlerts() throws IOException {
        JsonNode groups = new ObjectMapper(new YAMLFactory())
                .readTree(FILES.resolve("alerts.yml").toFile())
                .get("groups");
        List<String> all = new ArrayList<>();
        groups.forEach(group -> all.addAll(group.get("rules").findValuesAsText("expr")));
        return all;
    }

    /** The metrics that an expression names. */
    static Set<String> metrics(String expression) {
        Set<String> names = new TreeSet<>();
        // What stands in quotation marks is a value of a label.
        Matcher metric = METRIC.matcher(expression.replaceAll("\"[^\"]*\"", "\"\""));
        while (metric.find()) {
            names.add(metric.group());
        }
        return names;
    }
}
