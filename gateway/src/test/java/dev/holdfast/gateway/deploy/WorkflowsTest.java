// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** The workflows of GitHub, read without GitHub: what they call is there and can be run, and they may do no more than they must. */
final class WorkflowsTest {
    private static final Path ROOT = Fleet.DEPLOY.resolve("..").normalize();
    private static final Path GITHUB = ROOT.resolve(".github");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern SCRIPT = Pattern.compile("(?:\\.ci|deploy)/[\\w./-]+");
    private static final Pattern PINNED = Pattern.compile("[\\w.-]+/[\\w./-]+@v\\d+");

    static List<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(GITHUB.resolve("workflows"))) {
            return files.sorted().toList();
        }
    }

    static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve(".ci"))) {
            return files.sorted().toList();
        }
    }

    private static JsonNode read(Path file) throws IOException {
        return JSON.valueToTree(new Yaml().load(Files.readString(file)));
    }

    private static List<JsonNode> steps(JsonNode workflow) {
        List<JsonNode> steps = new ArrayList<>();
        workflow.get("jobs").forEach(job -> job.get("steps").forEach(steps::add));
        return steps;
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void everyScriptThatAStepCallsIsThereAndMayBeRun(Path workflow) throws IOException {
        for (JsonNode step : steps(read(workflow))) {
            assertThat(step.has("run") ^ step.has("uses")).as(step.toString()).isTrue();
            SCRIPT.matcher(step.path("run").asText())
                    .results()
                    .forEach(call -> assertThat(ROOT.resolve(call.group())).isExecutable());
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void everyScriptIsUnderstoodByTheShellAndThoseThatItCallsAreThere(Path script) throws IOException {
        Program.run(0, Map.of(), ROOT, List.of("bash", "-n", script.toString()));
        Files.readAllLines(script).stream()
                .filter(line -> !line.startsWith("#"))
                .flatMap(line -> SCRIPT.matcher(line).results())
                .forEach(call -> assertThat(ROOT.resolve(call.group())).isExecutable());
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void aWorkflowMayReadOnlyAndNamesTheVersionsThatItUses(Path file) throws IOException {
        JsonNode workflow = read(file);

        assertThat(workflow.get("permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
        workflow.get("jobs").forEach(job -> {
            assertThat(job.path("timeout-minutes").asInt()).isPositive();
            assertThat(job.get("runs-on").asText()).matches("ubuntu-\\d+\\.\\d+");
        });
        steps(workflow).stream()
                .filter(step -> step.has("uses"))
                .forEach(step -> assertThat(step.get("uses").asText()).matches(PINNED));
    }

    @Test
    void ciRunsTheTestsOnEachJavaAndOnEachRedisThatIsPromised() throws IOException {
        JsonNode test = read(GITHUB.resolve("workflows/ci.yml")).get("jobs").get("test");
        JsonNode matrix = test.get("strategy").get("matrix");
        Set<String> servers = new HashSet<>();
        matrix.get("redis").forEach(each -> servers.add(each.asText().replaceAll("\\.\\d+$", "")));
        matrix.get("include")
                .forEach(each -> servers.add(each.get("redis").asText().replaceAll("(?<=[78])\\.\\d+$", "")));

        assertThat(matrix.get("java").toString()).isEqualTo("[17,21,25]");
        assertThat(servers).containsExactlyInAnyOrder("redis 6.2", "redis 7", "redis 8", "valkey 8");
        assertThat(test.get("steps").toString()).contains("{\"run\":\".ci/run\"");
    }

    @Test
    void aReleaseIsTestedThenMadeThenAttestedThenPublished() throws IOException {
        String steps = read(GITHUB.resolve("workflows/release.yml"))
                .get("jobs")
                .get("release")
                .get("steps")
                .toString();

        assertThat(steps)
                .containsSubsequence(
                        ".ci/run",
                        ".ci/upgrade",
                        ".ci/release",
                        "attest-build-provenance",
                        "SHA256SUMS",
                        "attest-sbom",
                        "gh release create");
    }

    @Test
    void dependabotLooksWhereThereIsSomethingToUpdate() throws IOException {
        Map<String, String> manifests = Map.of(
                "maven",
                "pom.xml",
                "npm",
                "package.json",
                "docker",
                "Dockerfile",
                "github-actions",
                ".github/workflows");

        for (JsonNode update : read(GITHUB.resolve("dependabot.yml")).get("updates")) {
            Path directory = ROOT.resolve(update.get("directory").asText().substring(1));
            assertThat(directory.resolve(
                            manifests.get(update.get("package-ecosystem").asText())))
                    .exists();
        }
    }
}
