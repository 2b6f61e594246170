// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole of {@code deploy/compose} on this machine without containers: the same files, each read by the same program.
 * Clients come in through HAProxy with TLS and tokens; a gateway is killed and all are restarted in turn, and Prometheus says so.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FleetTest {
    private static final int PHONES = 20;

    private Fleet fleet;
    private Crowd crowd;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        fleet = Fleet.start(directory);
        crowd = Crowd.connect("fleet", fleet.token(), fleet.doors(), PHONES, 30);
    }

    @AfterAll
    void stop() {
        if (crowd != null) {
            crowd.close();
        }
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    @Order(1)
    void messagesReachEverybodyThroughTheBalancer() throws Exception {
        crowd.tellNeighbours("hello").get(10, TimeUnit.SECONDS);

        await().until(() -> crowd.missing() == 0);
    }

    @Test
    @Order(2)
    void whoWasAwayGetsWhatWaitedAtTheOtherDoor() throws Exception {
        client(0, false).disconnect();
        Mqtt5BlockingClient publisher =
                fleet.doors().get(1).client("fleet-publisher").useMqttVersion5().buildBlocking();
        connect(publisher);
        publisher
                .publishWith()
                .topic("fleet/away")
                .qos(MqttQos.EXACTLY_ONCE)
                .payload("waited".getBytes(StandardCharsets.UTF_8))
                .send();
        publisher.disconnect();

        Mqtt5BlockingClient back =
                fleet.doors().get(1).client("fleet-away").useMqttVersion5().buildBlocking();
        try (Mqtt5BlockingClient.Mqtt5Publishes messages = back.publishes(MqttGlobalPublishFilter.ALL)) {
            assertThat(connect(back).isSessionPresent()).isTrue();
            assertThat(messages.receive(5, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("waited");
        }
        back.disconnect();
    }

    private Mqtt5BlockingClient client(int door, boolean isPresent) {
        Mqtt5BlockingClient client =
                fleet.doors().get(door).client("fleet-away").useMqttVersion5().buildBlocking();
        assertThat(connect(client).isSessionPresent()).isEqualTo(isPresent);
        client.subscribeWith()
                .topicFilter("fleet/away")
                .qos(MqttQos.EXACTLY_ONCE)
                .send();
        return client;
    }

    private Mqtt5ConnAck connect(Mqtt5BlockingClient client) {
        return client.connectWith()
                .cleanStart(false)
                .sessionExpiryInterval(600)
                .simpleAuth()
                .username("fleet")
                .password(fleet.token().getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .send();
    }

    @Test
    @Order(3)
    void prometheusSeesEveryGatewayTheBalancerAndTheClients() {
        awaitValue("sum(up{job=\"holdfast\"})", 3);
        awaitValue("sum(up{job=\"haproxy\"})", 1);
        awaitValue("sum(mqtt_gateway_sessions{state=\"online\"})", PHONES);
        awaitValue("min(mqtt_gateway_links)", 2);
        awaitValue("sum(haproxy_server_status{proxy=~\"ws|mqtt\", state=\"UP\"})", 6);
        // Before the first answer there was none.
        await().until(() -> fleet.prometheus().alerts().isEmpty());
    }

    @Test
    @Order(4)
    void aGatewayThatIsKilledIsToldAndMissedByNobody() throws Exception {
        fleet.kill(0);
        crowd.tellNeighbours("while one is dead").get(20, TimeUnit.SECONDS);

        await().until(() -> crowd.missing() == 0 && crowd.connected() == PHONES);
        awaitValue("count(up{job=\"holdfast\"} == 0)", 1);
        awaitValue("min by (proxy) (haproxy_server_status{proxy=\"mqtt\", server=\"gateway-1\", state=\"UP\"})", 0);
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(fleet.prometheus().alerts())
                        .contains("HoldfastGatewayDown", "HoldfastNotBehindBalancer"));

        fleet.start(0);
        awaitValue("sum(up{job=\"holdfast\"})", 3);
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(fleet.prometheus().alerts())
                        .doesNotContain("HoldfastGatewayDown", "HoldfastNotBehindBalancer"));
    }

    @Test
    @Order(5)
    void allThreeAreRestartedInTurnAndNothingIsLost() throws Exception {
        for (int i = 0; i < 3; i++) {
            fleet.beginDrain(i);
            crowd.tellNeighbours("while " + i + " drains").get(20, TimeUnit.SECONDS);
            assertThat(fleet.awaitEnd(i)).as("exit code").isZero();
            fleet.start(i);
            crowd.tellNeighbours("with " + i + " back").get(20, TimeUnit.SECONDS);
            fleet.awaitBalanced();
        }

        await().until(() -> crowd.missing() == 0 && crowd.connected() == PHONES);
        assertThat(crowd.sessionsLost()).isZero();
        awaitValue("sum(up{job=\"holdfast\"})", 3);
        awaitValue("sum(mqtt_gateway_sessions{state=\"online\"})", PHONES);
    }

    /** The ACL kept Redis from reading what it had written itself: after a restart all sessions were gone. */
    @Test
    @Order(6)
    void aRedisThatIsKilledHasAllSessionsWhenItIsBack() throws Exception {
        int before = crowd.connects();

        fleet.restartRedis();
        crowd.tellNeighbours("with Redis back").get(30, TimeUnit.SECONDS);

        await().until(() -> crowd.missing() == 0 && crowd.connected() == PHONES);
        assertThat(crowd.connects()).as("nobody was closed").isEqualTo(before);
        assertThat(crowd.sessionsLost()).isZero();
        fleet.awaitBalanced();
        awaitValue("sum(increase(mqtt_gateway_sessions_lost_total[5m]))", 0);
    }

    @Test
    @Order(7)
    void everyExpressionOfTheDashboardAndOfTheAlertsIsAboutMetricsThatAreThere() throws Exception {
        List<String> exposed = fleet.prometheus().names();
        List<String> dashboard = Expressions.ofDashboard();

        assertThat(dashboard).hasSizeGreaterThan(50);
        assertThat(Expressions.ofAlerts()).hasSizeGreaterThan(20);
        for (String expression : dashboard) {
            assertThat(exposed).as(expression).containsAll(Expressions.metrics(expression));
            assertThat(fleet.prometheus().query(expression).get("status").asText())
                    .as(expression)
                    .isEqualTo("success");
        }
        for (String expression : Expressions.ofAlerts()) {
            assertThat(exposed).as(expression).containsAll(Expressions.metrics(expression));
        }
        assertThat(Expressions.metrics("sum(rate(mqtt_gateway_no_such_total{a=\"b\"}[1m]))"))
                .containsExactly("mqtt_gateway_no_such_total");
    }

    private void awaitValue(String query, double value) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(fleet.prometheus().value(query)).as(query).isEqualTo(value));
    }
}
