// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.cli.HealthProbe;
import dev.holdfast.gateway.harness.HoldfastProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Dockerfile, without Docker: what it copies is there or built, and the program that it checks health by does so. */
final class DockerfileTest {
    private static final Path ROOT = Fleet.DEPLOY.resolve("..").normalize();
    private static final Path FILE = Fleet.DEPLOY.resolve("docker/Dockerfile");
    private static final Pattern INSTRUCTION = Pattern.compile("([A-Z]+)\\s+(.*)", Pattern.DOTALL);
    private static final String BUILT = "gateway/target/holdfast.jar";

    /** One instruction of the file, its continuation lines joined. */
    private record Instruction(String keyword, String rest) {
        List<String> strings() throws IOException {
            String list = rest.substring(rest.indexOf('['));
            return List.of(new ObjectMapper().readValue(list, String[].class));
        }
    }

    private static List<Instruction> instructions() throws IOException {
        String text = Files.readString(FILE).replaceAll("(?m)^#.*\n", "").replace("\\\n", " ");
        List<Instruction> all = new ArrayList<>();
        for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
            Matcher matcher = INSTRUCTION.matcher(line);
            assertThat(matcher.matches()).as(line).isTrue();
            all.add(new Instruction(matcher.group(1), matcher.group(2)));
        }
        return all;
    }

    private static Instruction last(String keyword) throws IOException {
        return instructions().stream()
                .filter(each -> each.keyword().equals(keyword))
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    @Test
    void itNamesItsImageOnceAndNoneThatIsCalledLatest() throws IOException {
        assertThat(instructions().get(0).rest()).matches("JRE=eclipse-temurin:25-jre-\\w+");
        assertThat(instructions().stream().filter(each -> each.keyword().equals("FROM")))
                .hasSize(2)
                .allSatisfy(each -> assertThat(each.rest()).startsWith("${JRE}"));
    }

    @Test
    void whatItCopiesIsThereOrBuilt() throws IOException {
        List<String> sources = instructions().stream()
                .filter(each -> each.keyword().equals("COPY") && !each.rest().startsWith("--from"))
                .map(each -> each.rest().split(" ")[0])
                .toList();

        assertThat(sources).contains(BUILT).hasSize(3);
        assertThat(sources)
                .filteredOn(each -> !each.equals(BUILT))
                .allSatisfy(each -> assertThat(ROOT.resolve(each)).isRegularFile());
    }

    @Test
    void itRunsAsNobodySpecialAndAsTheProgramItself() throws IOException {
        assertThat(last("USER").rest()).isEqualTo("10001:10001");
        assertThat(last("ENTRYPOINT").strings())
                .startsWith("java", "@/opt/holdfast/jvm.options")
                .endsWith("-jar", "/opt/holdfast/holdfast.jar");
        assertThat(last("CMD").strings()).containsExactly("serve");
        assertThat(last("HEALTHCHECK").strings()).contains(HealthProbe.class.getName());
    }

    @Test
    void theHealthCheckSaysWhetherTheGatewayIsReady() throws Exception {
        try (HoldfastProcess gateway = HoldfastProcess.start(
                "serve",
                "--dev",
                "--tcp-port",
                "0",
                "--ws-port",
                "0",
                "--admin-port",
                "0",
                "--set",
                "listeners.health-port=0")) {
            String port = gateway.line().replaceAll(".* health http://\\S+:(\\d+).*", "$1");

            assertThat(probe(0, port)).contains("HTTP/1.1 200 ");
        }
    }

    @Test
    void theHealthCheckFailsWhereNobodyAnswers() {
        assertThat(probe(1, "1")).contains("port 1: ");
        assertThat(probe(1, "none")).contains("port none: ");
    }

    private static String probe(int exitCode, String port) {
        List<String> command = new ArrayList<>(Fleet.program(port));
        command.replaceAll(each -> each.equals("dev.holdfast.gateway.cli.Main") ? HealthProbe.class.getName() : each);
        return Program.run(exitCode, Map.of(), ROOT, command);
    }
}
