// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is under {@code deploy/observe}, by promtool. {@link FleetTest} runs it with a real Prometheus. */
final class ObserveTest {
    private static final Path FILES = Expressions.FILES.toAbsolutePath().normalize();

    private static String promtool(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Program.find("promtool")));
        command.addAll(List.of(arguments));
        return Program.run(0, Map.of(), FILES, command);
    }

    @Test
    void prometheusTakesConfigurationAndRules() {
        assertThat(promtool("check", "config", "prometheus.yml")).contains("SUCCESS");
    }

    @Test
    void alertsFireWhenTheyAreToAndOnlyThen() {
        assertThat(promtool("test", "rules", "alerts_test.yml")).contains("SUCCESS");
    }

    @Test
    void everyAlertIsTriedAndSaysWhatToDo() throws Exception {
        String tests = Files.readString(FILES.resolve("alerts_test.yml"));
        String runbook = Files.readString(Fleet.DEPLOY.resolve("runbook.md"));
        JsonNode groups = new ObjectMapper(new YAMLFactory())
                .readTree(FILES.resolve("alerts.yml").toFile())
                .get("groups");

        int alerts = 0;
        for (JsonNode group : groups) {
            for (JsonNode rule : group.get("rules")) {
                String name = rule.get("alert").asText();
                assertThat(tests).contains("alertname=\"" + name + "\"");
                String[] where = rule.at("/annotations/runbook").asText().split("#", 2);
                assertThat(where[0]).isEqualTo("runbook.md");
                assertThat(runbook.lines()
                                .filter(line -> line.startsWith("#"))
                                .map(line -> line.replaceFirst("^#+ ", "")
                                        .toLowerCase(java.util.Locale.ROOT)
                                        .replaceAll("[^\\w\\- ]", "")
                                        .replace(' ', '-')))
                        .as(name)
                        .contains(where[1]);
                alerts++;
            }
        }
        assertThat(alerts).isGreaterThan(20);
    }
}
