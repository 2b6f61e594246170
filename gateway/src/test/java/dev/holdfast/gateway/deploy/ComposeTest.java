// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * The files under {@code deploy/compose}, without Docker: what they mount is there, what they name exists, and the gateway takes
 * what it is given. {@link FleetTest} runs what they describe.
 */
final class ComposeTest {
    private static final Path COMPOSE = Fleet.DEPLOY.resolve("compose");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern GATEWAY = Pattern.compile("gateway-[0-9]");

    private static JsonNode read(Path file) throws IOException {
        return JSON.valueToTree(new Yaml().load(Files.readString(file)));
    }

    /** The services of compose.yaml with those of a variant put over them, as Compose does, as far as it matters here. */
    private static Map<String, JsonNode> services(String variant) throws IOException {
        Map<String, JsonNode> services = new HashMap<>();
        read(COMPOSE.resolve("compose.yaml"))
                .get("services")
                .properties()
                .forEach(each -> services.put(each.getKey(), each.getValue()));
        if (!variant.equals("compose.yaml")) {
            read(COMPOSE.resolve(variant))
                    .get("services")
                    .properties()
                    .forEach(each -> services.merge(each.getKey(), each.getValue(), (base, over) -> {
                        Map<String, JsonNode> merged = new HashMap<>();
                        base.properties().forEach(field -> merged.put(field.getKey(), field.getValue()));
                        over.properties().forEach(field -> merged.put(field.getKey(), field.getValue()));
                        merged.put("also-volumes", base.path("volumes"));
                        return JSON.valueToTree(merged);
                    }));
        }
        return services;
    }

    /** What Compose makes of a text whose variables are not set. */
    private static String unlessSet(String text) {
        return text.replaceAll("\\$\\{\\w+:-([^}]*)}", "$1");
    }

    private static List<String> strings(JsonNode list) {
        List<String> all = new ArrayList<>();
        list.forEach(each -> all.add(each.asText()));
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"compose.yaml", "sentinel.yaml", "cluster.yaml"})
    void everythingThatIsMountedIsThereOrMadeByPrepare(String variant, @TempDir Path prepared) throws IOException {
        String how = "--" + variant.replace(".yaml", "");
        List<String> command =
                new ArrayList<>(List.of(COMPOSE.resolve("prepare").toString()));
        if (!variant.equals("compose.yaml")) {
            command.add(how);
        }
        command.add(prepared.toString());
        Program.run(0, Map.of(), prepared, command);
        Set<String> named = new TreeSet<>();
        read(COMPOSE.resolve("compose.yaml")).get("volumes").fieldNames().forEachRemaining(named::add);
        read(COMPOSE.resolve(variant)).path("volumes").fieldNames().forEachRemaining(named::add);

        int files = 0;
        for (JsonNode service : services(variant).values()) {
            List<String> volumes = strings(service.path("volumes"));
            volumes.addAll(strings(service.path("also-volumes")));
            for (String volume : volumes) {
                String from = unlessSet(volume).split(":", -1)[0];
                if (!from.startsWith(".")) {
                    assertThat(named).contains(from);
                } else if (!from.endsWith("/target/holdfast.jar")) {
                    assertThat(Files.isRegularFile(COMPOSE.resolve(from))
                                    || Files.isRegularFile(prepared.resolve(from)))
                            .as(volume)
                            .isTrue();
                    files++;
                }
            }
        }
        assertThat(files).isGreaterThan(15);
        assertThat(Files.readString(prepared.resolve(".env"))).startsWith("HOLDFAST_UID=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compose.yaml", "sentinel.yaml", "cluster.yaml"})
    void servicesWaitForServicesThatAreThereAndGatewaysHaveTimeToDrain(String variant) throws Exception {
        Map<String, JsonNode> services = services(variant);
        HoldfastConfig config =
                new ConfigLoader().file(COMPOSE.resolve("holdfast.yaml")).load();

        assertThat(services).containsKeys("redis", "gateway-1", "gateway-2", "gateway-3", "haproxy");
        services.forEach((name, service) -> {
            JsonNode before = service.path("depends_on");
            Set<String> names = new TreeSet<>(strings(before));
            before.fieldNames().forEachRemaining(names::add);
            names.remove("");
            names.removeIf(each -> each.startsWith("{"));
            assertThat(services.keySet()).as(name).containsAll(names);
            if (GATEWAY.matcher(name).matches()) {
                long grace =
                        Long.parseLong(service.get("stop_grace_period").asText().replace("s", ""));
                assertThat(grace)
                        .isGreaterThan(config.drain().notice().toSeconds()
                                + config.drain().timeout().toSeconds()
                                + 10);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"compose.yaml", "sentinel.yaml", "cluster.yaml"})
    void theGatewayTakesWhatItIsGiven(String variant) throws Exception {
        for (Map.Entry<String, JsonNode> service : services(variant).entrySet()) {
            if (GATEWAY.matcher(service.getKey()).matches()) {
                Map<String, String> environment = new HashMap<>();
                service.getValue()
                        .path("environment")
                        .properties()
                        .forEach(each ->
                                environment.put(each.getKey(), each.getValue().asText()));

                HoldfastConfig config = new ConfigLoader()
                        .file(COMPOSE.resolve("holdfast.yaml"))
                        .environment(environment)
                        .load();

                assertThat(config.store().redis().mode().toString().toLowerCase(java.util.Locale.ROOT) + ".yaml")
                        .isEqualTo(variant.replace("compose", "single"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"compose.yaml", "sentinel.yaml", "cluster.yaml"})
    void javaUnderstandsHowGatewaysAreStartedAndTheirHeapIsAPartOfTheMemory(String variant) throws IOException {
        for (Map.Entry<String, JsonNode> service : services(variant).entrySet()) {
            if (!GATEWAY.matcher(service.getKey()).matches()) {
                continue;
            }
            Map<String, String> mounted = new HashMap<>();
            for (String volume : strings(service.getValue().get("volumes"))) {
                String[] parts = unlessSet(volume).split(":", -1);
                mounted.put(parts[1], COMPOSE.resolve(parts[0]).normalize().toString());
            }
            List<String> command = strings(service.getValue().get("entrypoint"));
            assertThat(command).endsWith("-jar", "/opt/holdfast/holdfast.jar");
            assertThat(mounted).containsKey("/opt/holdfast/holdfast.jar");
            command = new ArrayList<>(command.subList(0, command.size() - 2));
            command.set(
                    0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.replaceAll(each -> each.startsWith("@") ? "@" + mounted.get(each.substring(1)) : each);
            command.addAll(List.of("-XX:+PrintFlagsFinal", "-version"));

            assertThat(Program.run(0, Map.of(), COMPOSE, command))
                    .containsPattern("MaxRAMPercentage += 65[.]0+ ")
                    .containsPattern("ExitOnOutOfMemoryError += true ");
        }
    }

    @Test
    void checkConfigFindsTheFilesOfPrepare(@TempDir Path prepared) {
        Program.run(0, Map.of(), prepared, List.of(COMPOSE.resolve("prepare").toString(), prepared.toString()));

        String output = Program.run(
                0,
                Map.of(),
                prepared,
                Fleet.program(
                        "check-config",
                        "--config",
                        COMPOSE.resolve("holdfast.yaml").toString()));

        assertThat(output).doesNotContain("may be read by everybody");
    }

    /** Who has tried one Redis first wants more later. */
    @Test
    void whatIsPreparedForOneRedisBecomesWhatAClusterNeedsAndKeepsItsPasswords(@TempDir Path prepared)
            throws IOException {
        Path acl = prepared.resolve("secrets").resolve("users.acl");
        String prepare = COMPOSE.resolve("prepare").toString();
        Program.run(0, Map.of(), prepared, List.of(prepare, prepared.toString()));
        String before = Files.readString(acl);

        Program.run(0, Map.of(), prepared, List.of(prepare, "--cluster", prepared.toString()));
        Program.run(0, Map.of(), prepared, List.of(prepare, "--sentinel", prepared.toString()));

        assertThat(before).doesNotContain("+wait");
        assertThat(Files.readString(acl))
                .isEqualTo(before.replace(" +zscore", " +zscore +wait +asking +cluster|nodes"));
    }

    @Test
    void theBalancerAndPrometheusAreToldOfTheServicesThatThereAre() throws IOException {
        Map<String, JsonNode> services = services("compose.yaml");
        String haproxy = Files.readString(Balancer.FILES.resolve("haproxy.cfg"));

        Objects.requireNonNull(services.get("haproxy"))
                .get("environment")
                .fieldNames()
                .forEachRemaining(name -> assertThat(haproxy).contains("\"${" + name + "-"));
        for (String name : List.of("gateway-1", "gateway-2", "gateway-3")) {
            assertThat(services).containsKey(name);
            assertThat(haproxy).contains("-" + name + ":8080}").contains("-" + name + ":1883}");
        }
        List<String> targets = new ArrayList<>();
        read(Expressions.FILES.resolve("targets").resolve("compose.yml"))
                .forEach(each -> targets.addAll(strings(each.get("targets"))));
        assertThat(targets).hasSize(4).allMatch(target -> services.containsKey(target.split(":", -1)[0]));
    }

    @Test
    void theUserOfRedisHasTheSmallestAclAndNoMore() throws IOException {
        String documented = Files.readString(Path.of("..", "session-store", "docs", "redis.md"));
        String rule = documented.substring(
                documented.indexOf("ACL SETUSER holdfast"),
                documented.indexOf("```", documented.indexOf("ACL SETUSER")));
        String user = Files.readAllLines(Fleet.DEPLOY.resolve("redis").resolve("users.acl")).stream()
                .filter(line -> line.startsWith("user holdfast "))
                .findFirst()
                .orElseThrow();

        assertThat(rights(user)).hasSizeGreaterThan(40).isEqualTo(rights(rule));
    }

    private static Set<String> rights(String rule) {
        Set<String> rights = new TreeSet<>();
        Matcher right = Pattern.compile("(?<=[ '])[+~&][^\\s']+").matcher(rule);
        while (right.find()) {
            rights.add(right.group());
        }
        return rights;
    }
}
