// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.Dashboard;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator asks one gateway of clients that are connected to another one on the same Redis. */
final class ApiClusterTest {
    private static Cluster cluster;
    private static GatewayProcess here;
    private static GatewayProcess there;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("api.write-token=" + ApiClient.WRITE);
        here = cluster.gateway();
        there = cluster.gateway();
        api = new ApiClient(here, ApiClient.WRITE);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void bothGatewaysAreToldAndHowTheyAre() {
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            JsonNode gateways = api.get("/gateways").get("gateways");
            assertThat(gateways).hasSize(2);
            assertThat(gateways.findValuesAsText("ready")).containsOnly("true");
            assertThat(gateways.findValuesAsText("mqtt"))
                    .as("where each is")
                    .containsExactlyInAnyOrder(
                            "mqtt://127.0.0.1:" + here.tcpPort(), "mqtt://127.0.0.1:" + there.tcpPort());
        });
    }

    @Test
    void aClientOfTheOtherGatewayIsFoundToldInFullAndKicked() {
        RawClient client = cluster.connect(there, Connect.kept("far")).subscribed("far/t", 1);
        cluster.connect(there, Connect.kept("far-away")).disconnect();

        String gateway = api.get("/sessions/far").get("gateway").asText();
        JsonNode session = api.get("/sessions/far");
        assertThat(session.at("/connection/address").asText()).startsWith("127.0.0.1:");
        assertThat(found("prefix=far&gateway=" + gateway)).containsExactly("far");
        assertThat(found("prefix=far")).containsExactlyInAnyOrder("far", "far-away");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(found("prefix=far&state=offline")).containsExactly("far-away"));

        api.expect(200, "POST", "/sessions/far/kick", null);

        client.expectDisconnected(0x98);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !api.get("/sessions/far").get("online").asBoolean());
    }

    @Test
    void whoIsOnlineAtAnyGatewayIsFoundPageByPageOnce() {
        List<String> online = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            cluster.connect(i % 2 == 0 ? here : there, i < 4 ? Connect.kept("on-" + i) : Connect.connect("on-" + i));
            cluster.connect(i % 2 == 0 ? here : there, Connect.kept("on-away-" + i))
                    .disconnect();
            online.add("on-" + i);
        }

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(found("prefix=on-&state=online&limit=2"))
                        .containsExactlyInAnyOrderElementsOf(online));
    }

    @Test
    void cleanListenersOfTheOtherGatewayAreTold() {
        RawClient clean = cluster.connect(there, Connect.connect("ear")).subscribed("ear/#", 1);

        JsonNode answer = api.get("/listeners?topic=ear/t");

        assertThat(answer.at("/sessions/0/client").asText()).isEqualTo("ear");
        assertThat(answer.at("/sessions/0/gateway").asText())
                .isEqualTo(api.get("/sessions/ear").get("gateway").asText());
        clean.expectAlive();
    }

    @Test
    void whatIsPublishedHereReachesTheOtherGatewayAndAPurgeIsHeardThere() {
        RawClient client = cluster.connect(there, Connect.kept("deep").with(Prop.RECEIVE_MAXIMUM, 1))
                .subscribed("deep/t", 1);
        for (int i = 0; i < 5; i++) {
            api.expect(200, "POST", "/publish", "{\"topic\":\"deep/t\",\"qos\":1,\"payload\":\"m" + i + "\"}");
        }
        Packet first = client.expect(PacketType.PUBLISH);

        assertThat(api.expect(200, "DELETE", "/sessions/deep/queue", null)
                        .get("purged")
                        .asInt())
                .isEqualTo(4);
        client.acknowledged(first);
        api.expect(200, "POST", "/publish", "{\"topic\":\"deep/t\",\"qos\":1,\"payload\":\"last\"}");

        assertThat(first.text()).isEqualTo("m0");
        assertThat(client.take().text()).isEqualTo("last");
    }

    @Test
    void theOtherGatewayReadsItsConfigurationAgain() {
        String self = api.get("/gateways").get("self").asText();
        for (JsonNode each : api.get("/gateways").get("gateways")) {
            String gateway = each.get("id").asText();
            JsonNode reloaded = api.expect(200, "POST", "/gateways/" + gateway + "/reload", null);
            assertThat(reloaded.get("gateway").asText()).isEqualTo(gateway);
            assertThat(reloaded.get("applied")).isEmpty();
        }
        assertThat(api.expect(200, "POST", "/gateways/self/reload", null)
                        .get("gateway")
                        .asText())
                .isEqualTo(self);
    }

    @Test
    void whatBecomesOfATracedClientIsInTheLogOfItsGateway() throws Exception {
        RawClient before = cluster.connect(there, Connect.kept("traced-1")).subscribed("traced/before", 0);
        JsonNode trace = api.expect(201, "POST", "/traces", "{\"prefix\":\"traced-\",\"seconds\":600}");
        assertThat(trace.get("gateways")).hasSize(2);
        assertThat(trace.get("silentGateways")).isEmpty();
        assertThat(api.get("/traces").at("/traces/0/gateways")).hasSize(2);

        before.subscribed("traced/t", 1);
        before.published(Publish.publish("traced/t", "nobodys-business").qos(1), 7);
        before.take();
        before.expectAlive(); // the acknowledgement has come: the next connection is sent nothing
        cluster.connect(there, Connect.kept("traced-1")).disconnect();
        cluster.connect(there, Connect.kept("untold")).disconnect();

        String id = "trace=\"" + trace.get("id").asText() + "\" client=\"traced-1\"";
        for (String[] told : new String[][] {
            {"SUBSCRIBE answered", "traced/t=0x01"},
            {"PUBLISH received", "topic=\"traced/t\"", "packet_id=\"7\"", "refused=\"no\""},
            {"PUBACK sent", "packet_id=\"7\"", "code=\"0x00\""},
            {"PUBLISH sent", "topic=\"traced/t\"", "qos=\"1\"", "bytes=\"16\""},
            {"PUBACK received"},
            {"closed", "reason=\"session_taken_over\""},
            {"CONNECT received", "protocol=\"5.0\"", "clean_start=\"false\""},
            {"CONNECT accepted", "session_present=\"true\"", "subscriptions=\"2\""},
            {"closed", "reason=\"normal\""}
        }) {
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> there.hasLogged(
                            Stream.concat(Stream.of(id), Stream.of(told)).toArray(String[]::new)));
        }
        assertThat(there.hasLogged("nobodys-business")).isFalse();
        assertThat(there.hasLogged(id.replace("traced-1", "untold"))).isFalse();

        api.expect(204, "DELETE", "/traces/" + trace.get("id").asText(), null);
        api.expect(404, "DELETE", "/traces/" + trace.get("id").asText(), null);
        cluster.connect(there, Connect.kept("traced-2")).disconnect();
        api.expect(201, "POST", "/traces", "{\"client\":\"traced-3\",\"seconds\":1}");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> api.get("/traces").get("traces").isEmpty());
        cluster.connect(there, Connect.kept("traced-3")).disconnect();
        assertThat(there.hasLogged("client=\"traced-2\"")).isFalse();
        assertThat(there.hasLogged("CONNECT received", "client=\"traced-3\"")).isFalse();
    }

    @Test
    void aTraceOfEverybodyOrOfNobodyIsRefusedAndSoAreTooMany() {
        for (String[] each : new String[][] {
            {"{}", "client"},
            {"{\"client\":\"\"}", "client"},
            {"{\"prefix\":\"\"}", "prefix"},
            {"{\"client\":\"a\",\"prefix\":\"a\"}", "prefix"},
            {"{\"client\":\"a\",\"seconds\":3601}", "seconds"}
        }) {
            assertThat(api.expect(400, "POST", "/traces", each[0]).get("field").asText())
                    .isEqualTo(each[1]);
        }
        List<String> begun = new ArrayList<>();
        while (begun.size() < 16) {
            begun.add(api.expect(201, "POST", "/traces", "{\"client\":\"many\"}")
                    .get("id")
                    .asText());
        }
        api.expect(409, "POST", "/traces", "{\"client\":\"many\"}");
        begun.forEach(each -> api.expect(204, "DELETE", "/traces/" + each, null));
        assertThat(api.get("/traces").get("traces")).isEmpty();
    }

    @Test
    void clientsBeyondItsShareAreMovedOffAGatewayWithoutTheirWills() {
        RawClient watcher = cluster.connect(here, Connect.connect("wills")).subscribed("moved/will", 1);
        List<RawClient> crowd = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            crowd.add(cluster.connect(
                    there,
                    Connect.kept("moved-" + i)
                            .will(Publish.publish("moved/will", "gone").qos(1))));
        }
        String id = api.get("/sessions/moved-0").get("gateway").asText();
        await().atMost(Duration.ofSeconds(10)).until(() -> connections(id) >= 5);

        JsonNode answer = api.expect(202, "POST", "/gateways/rebalance", "{\"perSecond\":100}");

        JsonNode crowded = StreamSupport.stream(answer.get("gateways").spliterator(), false)
                .filter(each -> each.get("id").asText().equals(id))
                .findFirst()
                .orElseThrow();
        long moves = crowded.get("moves").asLong();
        assertThat(moves).isPositive();
        assertThat(crowded.get("connections").asLong() - moves)
                .isEqualTo(answer.get("share").asLong());
        await().atMost(Duration.ofSeconds(10))
                .until(() -> connections(id) <= answer.get("share").asLong());
        assertThat(new Dashboard(there).metric("mqtt_gateway_disconnects_total{by=\"server\",reason=\"server_moved\"}"))
                .isEqualTo((double) moves);
        api.expect(200, "POST", "/publish", "{\"topic\":\"moved/will\",\"qos\":1,\"payload\":\"last\"}");
        assertThat(watcher.take().text()).as("no will before it").isEqualTo("last");
        crowd.forEach(RawClient::close);
        assertThat(api.expect(400, "POST", "/gateways/rebalance", "{\"perSecond\":0}")
                        .get("field")
                        .asText())
                .isEqualTo("perSecond");
    }

    private static long connections(String gateway) {
        return StreamSupport.stream(api.get("/gateways").get("gateways").spliterator(), false)
                .filter(each -> each.get("id").asText().equals(gateway))
                .mapToLong(each -> each.get("connections").asLong())
                .sum();
    }

    /** All pages: one that took its time is short. */
    private static List<String> found(String query) {
        List<String> names = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get("/sessions?" + query + cursor);
            page.get("sessions").forEach(each -> names.add(each.get("client").asText()));
            cursor = page.hasNonNull("next")
                    ? "&cursor=" + ApiClient.encoded(page.get("next").asText())
                    : "";
        } while (!cursor.isEmpty());
        return names;
    }
}
