// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.gateway.harness.ApiClient;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the log of a wide filter ends, and that nothing is left of it. */
final class WideEndTest {
    private static final String NEWS = "news/#";
    private static final int NO_SUBSCRIBERS = 0x10;
    private static final int KEPT_SECONDS = 2;
    private static final int REST_SECONDS = 10;

    private Cluster cluster;
    private GatewayProcess a;
    private GatewayProcess b;
    private RawClient publisher;

    @BeforeEach
    void start() {
        cluster = Cluster.start(
                "session.wide-filter-from=1",
                "session.wide-filter-rest=" + REST_SECONDS + "s",
                "session.sweep-interval=100ms",
                "api.write-token=" + ApiClient.WRITE);
        a = cluster.gateway();
        b = cluster.gateway();
        publisher = cluster.connect(a, Connect.connect("publisher"));
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private static Connect reader(String clientId) {
        return Connect.connect(clientId).cleanStart(false).with(Prop.SESSION_EXPIRY_INTERVAL, KEPT_SECONDS);
    }

    private List<String> keys() {
        return cluster.redis().keys().stream()
                .filter(key -> key.matches("hf:([lauy]\\{.*|\\{r[0-9]}[qidwvs]?)"))
                .toList();
    }

    private void awaitTheEnd(GatewayProcess... living) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(keys()).isEmpty();
            for (GatewayProcess gateway : living) {
                assertThat(gateway.metric("mqtt_gateway_logs")).isZero();
            }
        });
    }

    private int publish(String text, int packetId) {
        publisher.send(Publish.publish("news/today", text).qos(1).packetId(packetId));
        return publisher.expectAck(PacketType.PUBACK, packetId).reason();
    }

    @Test
    void whenAllSessionsThatReadALogHaveExpiredNothingIsLeftOfItAndItBeginsAgain() {
        cluster.connect(a, reader("r1")).subscribed(NEWS, 1).disconnect();
        RawClient second = cluster.connect(b, reader("r2")).subscribed(NEWS, 2);
        assertThat(publish("m0", 1)).isZero();
        assertThat(second.take().text()).isEqualTo("m0");
        assertThat(keys()).anyMatch(key -> key.equals("hf:a{" + NEWS + "}"));
        second.disconnect();

        awaitTheEnd(a, b);

        assertThat(publish("to nobody", 2)).isEqualTo(NO_SUBSCRIBERS);
        RawClient anew = cluster.connect(b, reader("r3")).subscribed(NEWS, 1);
        assertThat(publish("m1", 3)).isZero();
        assertThat(anew.take().text()).isEqualTo("m1");
        anew.expectAlive();
    }

    /** Two logs: one is read by a client that is connected, the other by a session that an operator keeps longer. */
    @Test
    void aLogLivesAsLongAsAClientThatReadsItIsConnectedOrItsSessionIsKept() {
        RawClient connected = cluster.connect(b, reader("r1")).subscribed(NEWS, 1);
        RawClient other = cluster.connect(b, reader("r2")).subscribed("kept/#", 1);
        new ApiClient(a, ApiClient.WRITE).expect(200, "PATCH", "/sessions/r2", "{\"expirySeconds\": 600}");
        other.disconnect();

        long begun = System.nanoTime();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> System.nanoTime() - begun
                        > Duration.ofSeconds(KEPT_SECONDS + REST_SECONDS + 2).toNanos());

        assertThat(publish("m0", 1)).isZero();
        assertThat(connected.take().text()).isEqualTo("m0");
        publisher.published(Publish.publish("kept/today", "m1").qos(1), 2);
        assertThat(cluster.connect(a, Connect.kept("r2")).take().text()).isEqualTo("m1");
        b.kill();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(keys()).noneMatch(key -> key.contains(NEWS) || key.contains("{r1}"));
            assertThat(a.metric("mqtt_gateway_logs")).as("the other one").isEqualTo(1);
        });
    }

    @Test
    void anOperatorSeesWhatASessionHasNotReadOfALog() {
        Connect reader = Connect.kept("r1");
        cluster.connect(b, reader).subscribed(NEWS, 1).disconnect();
        for (int i = 1; i <= 3; i++) {
            publish("m" + i, i);
        }
        ApiClient api = new ApiClient(a, ApiClient.WRITE);

        JsonNode news = api.get("/sessions/r1").at("/subscriptions/0");

        assertThat(news.get("filter").asText()).isEqualTo(NEWS);
        assertThat(news.get("readsLog").asBoolean()).isTrue();
        assertThat(news.get("unread").asInt()).isEqualTo(3);
        assertThat(api.get("/listeners?topic=news/today").at("/logs/0").asText())
                .isEqualTo(NEWS);
        RawClient back = cluster.connect(b, reader);
        for (int i = 1; i <= 3; i++) {
            back.take();
        }
        back.disconnect();
        await().untilAsserted(() -> assertThat(
                        api.get("/sessions/r1").at("/subscriptions/0/unread").asInt())
                .isZero());
    }
}
