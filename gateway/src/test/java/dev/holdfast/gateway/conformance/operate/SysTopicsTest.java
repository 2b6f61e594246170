// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What two gateways publish themselves. */
final class SysTopicsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("sys.interval=1s", "sys.presence=true");
        here = cluster.gateway();
        there = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void whoComesAndGoesAtAnyGatewayIsPublishedOnceWhateverIsInItsName() throws Exception {
        RawClient watcher = cluster.connect(here, Connect.kept("watcher"))
                .subscribed("$SYS/brokers/+/clients/pre%2Fsence%2B%23%25%20%C3%A9/+", 1)
                .subscribed("$SYS/brokers/+/clients/later/connected", 1);
        String id = "pre/sence+#% é";

        RawClient client = cluster.connect(there, Connect.kept(id));
        Packet connected = watcher.take();
        client.disconnect();
        Packet disconnected = watcher.take();
        cluster.connect(there, Connect.connect("later"));
        Packet later = watcher.take();

        assertThat(connected.topic())
                .matches("\\$SYS/brokers/[0-9a-f]+/clients/pre%2Fsence%2B%23%25%20%C3%A9/connected");
        JsonNode told = JSON.readTree(connected.text());
        assertThat(told.get("clientid").asText()).isEqualTo(id);
        assertThat(told.get("ipaddress").asText()).isEqualTo("127.0.0.1");
        assertThat(told.get("proto_ver").asInt()).isEqualTo(5);
        assertThat(told.get("connected_at").asLong()).isPositive();
        assertThat(disconnected.topic()).isEqualTo(connected.topic().replace("/connected", "/disconnected"));
        assertThat(JSON.readTree(disconnected.text()).get("reason").asText()).isEqualTo("normal");
        assertThat(later.topic()).as("nothing twice").endsWith("/clients/later/connected");
    }

    @Test
    void figuresOfEachGatewayAndOfAllAreRetained() {
        RawClient client = cluster.connect(there, Connect.connect("figures"));
        // What is published at this moment, that this reader has come among it, may be there before SUBACK.
        RawClient reader = cluster.connect(here, Connect.connect("reader")).send(Subscribe.subscribe("$SYS/#", 0));
        Map<String, String> figures = new TreeMap<>();
        for (int i = 0; i < 400 && !areWhole(figures); i++) {
            Packet each = reader.expectAny();
            if (each.type() == PacketType.PUBLISH) {
                figures.put(each.topic(), each.text());
            }
        }

        assertThat(areWhole(figures)).as("%s", figures).isTrue();
        RawClient late = cluster.connect(here, Connect.connect("late")).send(Subscribe.subscribe("$SYS/cluster/#", 0));
        assertThat(Stream.generate(late::expectAny).limit(20))
                .anyMatch(each -> each.type() == PacketType.PUBLISH && each.isRetain());
        client.expectAlive();
    }

    private static boolean areWhole(Map<String, String> figures) {
        List<String> gateways = List.of(figures.getOrDefault("$SYS/brokers", "").split(","));
        return figures.getOrDefault("$SYS/cluster/gateways/count", "").equals("2")
                && gateways.size() == 2
                && Long.parseLong(figures.getOrDefault("$SYS/cluster/sessions/online", "0")) >= 2
                && gateways.stream()
                        .allMatch(id -> Stream.of(
                                        "version", "uptime", "stats/connections/count", "metrics/messages/received")
                                .allMatch(what -> figures.containsKey("$SYS/brokers/" + id + "/" + what)));
    }

    @Test
    void clientsAreShownToEachGatewayInTheMetricsOfTheOther() {
        RawClient client = cluster.connect(there, Connect.connect("counted"));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> new Dashboard(here).metric("mqtt_gateway_cluster_sessions{state=\"online\"}") >= 1);
        client.expectAlive();
    }
}
