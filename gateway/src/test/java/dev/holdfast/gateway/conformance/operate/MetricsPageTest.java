// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Exposition;
import dev.holdfast.gateway.harness.GatewayProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page about metrics and what is exposed say the same; and what is exposed is as Prometheus wants it. */
final class MetricsPageTest {
    private static final String OURS = "mqtt_gateway_";
    private static final Pattern ROW =
            Pattern.compile("\\| `(mqtt_gateway_\\w+)` \\| (\\w+) \\| (here|all) \\| (.*) \\| .* \\|");
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");
    /** The values of a label that has a closed set of them: {@code `name{label}`: `a`, `b`}. */
    private static final Pattern VALUES =
            Pattern.compile("(?m)^- `(mqtt_gateway_\\w+)\\{(\\w+)\\}`: ((?:.|\\n(?=  ))*)");

    private static Cluster cluster;
    private static GatewayProcess gateway;
    private static String page;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start();
        gateway = cluster.gateway();
        page = Files.readString(Path.of("docs", "metrics.md"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** A row of the table. */
    private record Row(String type, String of, Set<String> labels) {}

    private static Map<String, Row> table() {
        Map<String, Row> rows = new TreeMap<>();
        Matcher row = ROW.matcher(page);
        while (row.find()) {
            rows.put(row.group(1), new Row(row.group(2), row.group(3), code(row.group(4))));
        }
        return rows;
    }

    private static Set<String> code(String text) {
        Set<String> all = new TreeSet<>();
        Matcher each = CODE.matcher(text);
        while (each.find()) {
            all.add(each.group(1));
        }
        return all;
    }

    /** Whether it is there only with listeners of lifecycle events, of which this gateway has none. */
    private static boolean isOfListeners(String name) {
        return name.startsWith("mqtt_gateway_listener_");
    }

    @Test
    void everyMetricIsInTheTableWithItsTypeAndItsLabelsAndWhoseItIs() {
        Exposition exposed = Exposition.of(gateway);
        Map<String, Row> rows = new TreeMap<>();
        exposed.types().forEach((name, type) -> {
            if (name.startsWith(OURS) && !name.endsWith("_max")) {
                Set<String> labels = new TreeSet<>();
                String one = type.equals("histogram") ? name + "_count" : name;
                exposed.series().stream()
                        .filter(each -> each.name().equals(one))
                        .forEach(each -> labels.addAll(each.labels().keySet()));
                String help = exposed.help().getOrDefault(name, "");
                assertThat(help).containsPattern("; of (this gateway|all gateways together, the same number at each)$");
                rows.put(name, new Row(type, help.endsWith("; of this gateway") ? "here" : "all", labels));
            }
        });

        Map<String, Row> told = table();
        told.keySet().removeIf(MetricsPageTest::isOfListeners);
        assertThat(told).isEqualTo(rows);
    }

    @Test
    void everyValueOfALabelIsOnThePageAndThereFromTheStartAtZero() {
        Exposition exposed = Exposition.of(gateway);
        Map<String, Set<String>> told = new TreeMap<>();
        Matcher values = VALUES.matcher(page);
        while (values.find()) {
            told.put(values.group(1) + "{" + values.group(2) + "}", code(values.group(3)));
        }
        Map<String, Set<String>> there = new TreeMap<>();
        Set<String> open = Set.of("le", "version", "java");
        for (Exposition.Series each : exposed.series()) {
            for (Map.Entry<String, String> label : each.labels().entrySet()) {
                if (each.name().startsWith(OURS) && !open.contains(label.getKey())) {
                    String name = each.name().replaceFirst("_seconds_(bucket|count|sum|max)$", "_seconds");
                    there.computeIfAbsent(name + "{" + label.getKey() + "}", any -> new TreeSet<>())
                            .add(label.getValue());
                }
            }
        }

        assertThat(told).isEqualTo(there);
        assertThat(exposed.series())
                .filteredOn(each -> each.name().equals("mqtt_gateway_disconnects_total"))
                .hasSizeGreaterThan(30)
                .allMatch(each -> each.value() == 0);
    }

    @Test
    void namesAndLabelsAreAsPrometheusWantsThem() {
        for (String accept : List.of("text/plain", "application/openmetrics-text")) {
            Exposition exposed = Exposition.of(gateway, accept);
            boolean isOpenMetrics = accept.startsWith("application");
            assertThat(exposed.types()).isNotEmpty().allSatisfy((name, type) -> {
                assertThat(name).matches("[a-z][a-z0-9_]*").doesNotContainPattern("_(ns|ms|millis|secs|kb)(_|$)");
                assertThat(exposed.help().get(name)).as(name).isNotBlank();
                boolean isTotal = name.endsWith("_total");
                if (isOpenMetrics) {
                    assertThat(isTotal).as(name).isFalse();
                } else {
                    assertThat(isTotal).as(name + " is a " + type).isEqualTo(type.equals("counter"));
                }
                assertThat(name).doesNotEndWith("_count").doesNotEndWith("_sum").doesNotEndWith("_bucket");
            });
            assertThat(exposed.series())
                    .allSatisfy(each -> each.labels().forEach((label, value) -> {
                        assertThat(label).matches("[a-z_]+");
                        if (each.name().startsWith(OURS)
                                && !Set.of("version", "java", "le").contains(label)) {
                            assertThat(value).matches("[a-z0-9_]+");
                        }
                    }));
        }
    }

    /** What {@code promtool check metrics} says nothing about; only where it is installed. */
    @Test
    void promtoolIsContent() throws Exception {
        assumeThat(isThere("promtool")).isTrue();
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        promtool.getOutputStream().write(Exposition.of(gateway).text().getBytes(StandardCharsets.UTF_8));
        promtool.getOutputStream().close();

        assertThat(new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }

    private static boolean isThere(String program) {
        return Pattern.compile(":")
                .splitAsStream(System.getenv("PATH"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    @Test
    void openMetricsIsForWhoeverAsksForIt() {
        Exposition plain = Exposition.of(gateway, "*/*");
        Exposition asked = Exposition.of(
                gateway, "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1");
        Exposition declined = Exposition.of(gateway, "application/openmetrics-text;q=0.1,text/plain");

        assertThat(plain.contentType()).startsWith("text/plain; version=0.0.4");
        assertThat(declined.contentType()).startsWith("text/plain; version=0.0.4");
        assertThat(asked.contentType()).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(asked.text()).endsWith("# EOF\n").contains("# TYPE mqtt_gateway_connects counter");
        assertThat(asked.series()).hasSameSizeAs(plain.series());
    }
}
