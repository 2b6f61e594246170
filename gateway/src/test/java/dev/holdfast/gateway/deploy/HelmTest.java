// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.holdfast.gateway.config.ConfigLoader;
import dev.holdfast.gateway.config.HoldfastConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * The chart under {@code deploy/helm}, rendered and linted by Helm itself, whose library comes from Maven Central. No Kubernetes is
 * asked: what one would say to the manifests is not tested, but what the gateway says to the configuration in them is.
 */
final class HelmTest {
    private static final Path CHART = Fleet.DEPLOY.resolve("helm").resolve("holdfast");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] EVERYTHING = {
        "redis.existingSecret=redis-secret",
        "existingSecret=files",
        "tls.existingSecret=certificate",
        "trustedProxies[0]=10.0.0.0/8",
        "proxyProtocol.mqtt=true",
        "ingress.enabled=true",
        "ingress.tlsSecret=certificate",
        "gatewayApi.enabled=true",
        "gatewayApi.tcpRoute.enabled=true",
        "autoscaling.enabled=true",
        "serviceMonitor.enabled=true",
        "prometheusRule.enabled=true",
        "networkPolicy.egress[0].to[0].ipBlock.cidr=10.0.0.0/8"
    };

    /** What the chart makes of values, by kind. */
    private static Map<String, JsonNode> rendered(String... values) {
        TemplateCommand template = new Helm(CHART)
                .template()
                .withName("phones")
                .withNamespace("mqtt")
                .withKubeVersion("1.31.0")
                .set("redis.url", "redis://redis:6379")
                .set("config.auth.anonymous", true);
        for (String value : values) {
            String[] parts = value.split("=", 2);
            template.set(parts[0], parts[1]);
        }
        Map<String, JsonNode> manifests = new HashMap<>();
        new Yaml().loadAll(template.call()).forEach(each -> {
            if (each != null) {
                JsonNode manifest = JSON.valueToTree(each);
                manifests.put(
                        manifest.get("kind").asText()
                                + (manifest.at("/metadata/name").asText().endsWith("-internal") ? "Internal" : ""),
                        manifest);
            }
        });
        return manifests;
    }

    private static JsonNode of(Map<String, JsonNode> manifests, String kind) {
        return Objects.requireNonNull(manifests.get(kind), kind);
    }

    private static JsonNode container(Map<String, JsonNode> manifests) {
        return of(manifests, "Deployment").at("/spec/template/spec/containers/0");
    }

    private static Map<String, String> environment(Map<String, JsonNode> manifests) {
        Map<String, String> environment = new HashMap<>();
        container(manifests)
                .get("env")
                .forEach(each -> environment.put(
                        each.get("name").asText(), each.get("value").asText()));
        return environment;
    }

    private static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(each -> each.get(field).asText())
                .toList();
    }

    @Test
    void helmFindsNothingToComplainAbout() {
        LintResult lint = new Helm(CHART).lint().strict().call();

        assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
    }

    @Test
    void whatIsNotAskedForIsNotMade() {
        assertThat(rendered())
                .containsOnlyKeys(
                        "ConfigMap",
                        "Deployment",
                        "Service",
                        "ServiceInternal",
                        "ServiceAccount",
                        "PodDisruptionBudget",
                        "NetworkPolicy");
        assertThat(rendered(EVERYTHING))
                .containsKeys(
                        "HorizontalPodAutoscaler",
                        "Ingress",
                        "HTTPRoute",
                        "TCPRoute",
                        "ServiceMonitor",
                        "PrometheusRule");
    }

    @Test
    void theGatewayTakesTheConfigurationThatThePodsGet(@TempDir Path directory) throws Exception {
        Map<String, JsonNode> manifests = rendered(EVERYTHING);
        Path file = Files.writeString(
                directory.resolve("holdfast.yaml"),
                of(manifests, "ConfigMap").at("/data/holdfast.yaml").asText());

        HoldfastConfig config = new ConfigLoader()
                .file(file)
                .environment(environment(manifests))
                .load();

        JsonNode ports = container(manifests).get("ports");
        assertThat(texts(ports, "containerPort"))
                .containsExactly(
                        Integer.toString(config.listeners().tcpPort()),
                        Integer.toString(config.listeners().wsPort()),
                        String.valueOf(config.listeners().healthPort()),
                        Integer.toString(config.cluster().port()));
        // Whatever Kubernetes mounts is where the gateway looks.
        List<String> mounts = texts(container(manifests).get("volumeMounts"), "mountPath");
        assertThat(environment(manifests).values().stream().filter(value -> value.startsWith("/etc/")))
                .hasSize(3)
                .allMatch(path -> mounts.stream().anyMatch(mount -> path.startsWith(mount + "/")));
        assertThat(texts(container(manifests).get("volumeMounts"), "name"))
                .allMatch(name -> texts(of(manifests, "Deployment").at("/spec/template/spec/volumes"), "name")
                        .contains(name));
    }

    @Test
    void thePodHasTimeToDrainBeforeItIsKilled() throws Exception {
        Map<String, JsonNode> manifests = rendered();
        HoldfastConfig config = new ConfigLoader()
                .environment(environment(manifests))
                .set("auth.anonymous=true")
                .load();
        long preStop =
                container(manifests).at("/lifecycle/preStop/exec/command/1").asLong();

        assertThat(of(manifests, "Deployment")
                        .at("/spec/template/spec/terminationGracePeriodSeconds")
                        .asLong())
                .isGreaterThan(preStop
                        + config.drain().notice().toSeconds()
                        + config.drain().timeout().toSeconds()
                        + 10);
        assertThatThrownBy(() -> rendered("terminationGracePeriodSeconds=37")).hasMessageContaining("too short");
    }

    @Test
    void anotherConfigurationMakesOtherPods() {
        String path = "/spec/template/metadata/annotations/checksum~1config";

        String before = of(rendered(), "Deployment").at(path).asText();

        assertThat(before).hasSize(64);
        assertThat(of(rendered("config.log.level=debug"), "Deployment").at(path).asText())
                .isNotEqualTo(before);
    }

    @Test
    void servicesProbesAndRulesNamePortsAndPodsThatAreThere() {
        Map<String, JsonNode> manifests = rendered(EVERYTHING);
        List<String> ports = texts(container(manifests).get("ports"), "name");
        JsonNode labels = of(manifests, "Deployment").at("/spec/template/metadata/labels");

        for (String service : List.of("Service", "ServiceInternal")) {
            assertThat(ports).containsAll(texts(of(manifests, service).at("/spec/ports"), "targetPort"));
            of(manifests, service)
                    .at("/spec/selector")
                    .properties()
                    .forEach(label -> assertThat(labels.get(label.getKey())).isEqualTo(label.getValue()));
        }
        for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
            assertThat(container(manifests).at("/" + probe + "/httpGet/port").asText())
                    .isEqualTo("health");
        }
        of(manifests, "NetworkPolicy")
                .at("/spec/ingress")
                .forEach(rule -> assertThat(ports).containsAll(texts(rule.get("ports"), "port")));
        assertThat(of(manifests, "NetworkPolicy").at("/spec/policyTypes/1").asText())
                .isEqualTo("Egress");
        assertThat(of(manifests, "ServiceMonitor")
                        .at("/spec/selector/matchLabels")
                        .properties())
                .allMatch(label -> of(manifests, "ServiceInternal")
                        .at("/metadata/labels")
                        .get(label.getKey())
                        .equals(label.getValue()));
        assertThat(of(manifests, "HorizontalPodAutoscaler")
                        .at("/spec/metrics/0/pods/metric/name")
                        .asText())
                .isEqualTo("mqtt_gateway_connections");
        assertThat(of(manifests, "PrometheusRule").at("/spec/groups").size()).isEqualTo(2);
    }

    @Test
    void ingressAndGatewayApiLetAWebSocketLive() {
        Map<String, JsonNode> manifests = rendered(EVERYTHING);

        assertThat(of(manifests, "Ingress")
                        .at("/metadata/annotations/nginx.ingress.kubernetes.io~1proxy-read-timeout")
                        .asInt())
                .isGreaterThan(25 * 2);
        assertThat(of(manifests, "HTTPRoute")
                        .at("/spec/rules/0/timeouts/request")
                        .asText())
                .isEqualTo("0s");
    }

    @Test
    void valuesThatAreNoneAreRefused() {
        for (String wrong :
                Arrays.asList("replicacount=3", "redis.mode=sharded", "drain.rate=fast", "service.wsPort=0")) {
            assertThatThrownBy(() -> rendered(wrong)).as(wrong).hasMessageContaining("schema");
        }
        assertThatThrownBy(() -> new Helm(CHART)
                        .template()
                        .withKubeVersion("1.31.0")
                        .set("config.auth.anonymous", true)
                        .call())
                .hasMessageContaining("where is Redis?");
        assertThatThrownBy(() -> new Helm(CHART)
                        .template()
                        .withKubeVersion("1.31.0")
                        .set("redis.url", "redis://redis:6379")
                        .call())
                .hasMessageContaining("nobody could come in");
    }
}
