// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who knocks too often: rates and numbers of connections, failed logins, takeovers. */
final class AdmissionTest {
    private static final int RATE_EXCEEDED = 0x9F;
    private static final int QUOTA_EXCEEDED = 0x97;

    @TempDir
    private Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void tidy() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private Lab lab(String... settings) {
        InProcessGateway gateway = InProcessGateway.start(List.of(settings));
        Lab lab = new Lab(gateway);
        opened.add(gateway);
        opened.add(lab);
        return lab;
    }

    private static String metrics(Lab lab) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + lab.gateway().adminPort() + "/metrics"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void moreConnectionsThanAllowedAreRefusedUntilOneGoes(Version version) throws Exception {
        Lab lab = lab("limits.max-connections=2");
        RawClient first = lab.connect(version);
        lab.connect(version);

        lab.open(version).send(lab.anonymous()).expectRefused(3, QUOTA_EXCEEDED);

        assertThat(metrics(lab)).contains("mqtt_gateway_rate_limited_total{kind=\"max_connections\"} 1.0");
        first.disconnect();
        await().untilAsserted(() -> {
            RawClient next = lab.open(version).send(lab.anonymous());
            assertThat(next.expect(PacketType.CONNACK).reason()).isZero();
        });
    }

    @Test
    void aWebSocketTooManyIsToldToTryAgainLater() { // RFC 6455 registry: 1013
        Lab lab = lab("limits.max-connections=1");
        lab.connect(Version.V5);
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET);

        client.send(lab.anonymous()).expectRefused(3, QUOTA_EXCEEDED);

        assertThat(client.webSocket().closeCode()).isEqualTo(1013);
    }

    /** MQTT.js takes a refused CONNACK for good from 5.16.0 on, and comes back after a close alone. */
    @ParameterizedTest
    @EnumSource(Version.class)
    void whatPassesIsNoConnackForBrowsersAndNodeButAClose(Version version) {
        Lab lab = lab("limits.max-connections=1");
        lab.connect(Version.V5);
        for (String header : List.of(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                "User-Agent: Mozilla/5.0 (X11)")) {
            String[] parts = header.split(": ", 2);
            RawClient client = lab.over(
                    WebSocketChannel.open(
                            lab.gateway().wsPort(),
                            OpeningHandshake.handshake()
                                    .subprotocol(version.subprotocol)
                                    .header(parts[0], parts[1])),
                    version);

            client.send(lab.anonymous()).expectClosed();

            assertThat(client.webSocket().closeCode()).isEqualTo(1013);
            assertThat(client.webSocket().closeReason()).isEqualTo("too many connections");
        }
        lab.open(version).send(connect("mqttjs_" + lab.id("a"))).expectClosed();
        lab.open(version).send(lab.anonymous()).expectRefused(3, QUOTA_EXCEEDED);
    }

    @Test
    void whatDoesNotPassIsToldToBrowsersToo() throws Exception {
        Lab lab = lab(new TokenDesk(directory).settings().toArray(String[]::new));
        RawClient client = lab.over(
                WebSocketChannel.open(
                        lab.gateway().wsPort(), OpeningHandshake.handshake().header("User-Agent", "Mozilla/5.0 (X11)")),
                Version.V5);

        client.send(connect(lab.id("a")).password("guess")).expectRefused(4, 0x86);
    }

    @Test
    void connectsFromOneAddressBeyondTheirRateWaitTheirTurn() throws Exception {
        Lab lab = lab("limits.connect-rate-per-address=4/s burst 1");
        List<RawClient> clients = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 4; i++) {
            clients.add(lab.open(Version.V5).send(lab.anonymous()));
        }

        for (RawClient client : clients) {
            assertThat(client.expect(PacketType.CONNACK).reason()).isZero();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(700));
        assertThat(metrics(lab)).contains("mqtt_gateway_rate_limited_total{kind=\"connect_rate_per_address\"} 3.0");
    }

    @Test
    void moreConnectionsFromOneAddressThanAllowedAreRefused() throws Exception {
        Lab lab = lab("limits.max-connections-per-address=1");
        lab.connect(Version.V5);

        lab.open(Version.V5).send(lab.anonymous()).expectRefused(3, QUOTA_EXCEEDED);
        lab.open(Version.V3_1_1).send(lab.anonymous()).expectRefused(3, QUOTA_EXCEEDED);

        assertThat(metrics(lab)).contains("mqtt_gateway_rate_limited_total{kind=\"max_connections_per_address\"} 2.0");
    }

    @Test
    void connectsFromOneAddressBeyondTheirRateAreRefused() throws Exception {
        Lab lab = lab("limits.connect-rate-per-address=2/h");
        lab.connect(Version.V5);
        lab.connect(Version.V3_1_1);

        lab.open(Version.V5).send(lab.anonymous()).expectRefused(3, RATE_EXCEEDED);
        lab.open(Version.V3_1_1).send(lab.anonymous()).expectRefused(3, RATE_EXCEEDED);

        assertThat(metrics(lab)).contains("mqtt_gateway_rate_limited_total{kind=\"connect_rate_per_address\"} 2.0");
    }

    @Test
    void connectsBeyondTheRateWaitTheirTurnAndThoseThatWouldWaitTooLongAreRefused() {
        Lab lab = lab("limits.connect-rate=5/s burst 1", "limits.connect-timeout=2s");
        List<RawClient> clients = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 12; i++) {
            clients.add(lab.open(Version.V5));
        }

        clients.forEach(client -> client.send(lab.anonymous()));

        int accepted = 0;
        for (RawClient client : clients) {
            Packet answer = client.expect(PacketType.CONNACK);
            assertThat(answer.reason()).isIn(0, RATE_EXCEEDED);
            accepted += answer.reason() == 0 ? 1 : 0;
        }
        assertThat(accepted).isBetween(5, 8);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(700));
    }

    @Test
    void anAddressWithTooManyFailedLoginsIsTurnedAwayBeforeItsCredentialsAreLookedAt() throws Exception {
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.add("limits.failed-login-rate=3/h");
        Lab lab = lab(settings.toArray(String[]::new));
        lab.connect(Version.V5, connect(lab.id("a")).password(desk.token("ann")));

        for (int i = 0; i < 3; i++) {
            lab.open(Version.V5)
                    .send(connect(lab.id("b")).password("guess " + i))
                    .expectRefused(4, 0x86);
        }
        lab.open(Version.V5)
                .send(connect(lab.id("b")).password(desk.token("ann")))
                .expectRefused(3, RATE_EXCEEDED);
        lab.open(Version.V3_1_1)
                .send(connect(lab.id("b")).userName("x").password("guess"))
                .expectRefused(3, RATE_EXCEEDED);

        assertThat(metrics(lab))
                .contains(
                        "mqtt_gateway_rate_limited_total{kind=\"failed_login_rate\"} 2.0",
                        "mqtt_gateway_connects_total{result=\"failed_login_rate\"} 2.0");
    }

    /**
     * Five tabs that were left open came back each second with the tokens of yesterday, and nobody could come in any more
     * from the office around them.
     */
    @Test
    void tokensThatHaveMerelyExpiredAreNoFailedLogins() throws Exception {
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.add("limits.failed-login-rate=3/h");
        Lab lab = lab(settings.toArray(String[]::new));
        for (int i = 0; i < 8; i++) {
            String old = i % 2 == 0
                    ? desk.token("ann", Duration.ofSeconds(-5))
                    : desk.elliptic("ann", Duration.ofSeconds(-5), Map.of());
            lab.open(i % 3 == 0 ? Version.V3_1_1 : Version.V5)
                    .send(connect(lab.id("tab" + i)).userName("u").password(old))
                    .expectRefused(4, 0x86);
        }
        RawClient live = lab.connect(Version.V5, connect(lab.id("a")).password(desk.token("ann")));
        for (int i = 1; i <= 8; i++) {
            live.send(Publish.publish("$auth/refresh", desk.token("ann", Duration.ofSeconds(-5)))
                    .qos(1)
                    .packetId(i));
            assertThat(live.expect(PacketType.PUBACK).reason()).isEqualTo(0x87);
        }

        lab.connect(Version.V5, connect(lab.id("b")).password(desk.token("bob")));

        for (int i = 0; i < 3; i++) { // an expired token that somebody made up is one
            lab.open(Version.V5)
                    .send(connect(lab.id("c")).password(desk.token("ann", Duration.ofSeconds(-5)) + "AAAA"))
                    .expectRefused(4, 0x86);
        }
        lab.open(Version.V5)
                .send(connect(lab.id("b")).password(desk.token("bob")))
                .expectRefused(3, RATE_EXCEEDED);
    }

    @Test
    void twoClientsThatFightForAnIdentifierAreSlowedDownAndToldWhy() throws Exception {
        Lab lab = lab("limits.takeover-rate=2/min", "limits.takeover-wait=500ms");
        RawClient first = lab.connect(Version.V5, connect("tab"));
        RawClient second = lab.connect(Version.V5, connect("tab"));
        first.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        RawClient third = lab.connect(Version.V5, connect("tab"));
        second.expectDisconnected(Reason.SESSION_TAKEN_OVER);

        RawClient fourth = lab.open(Version.V5).send(connect("tab"));

        Packet answer = fourth.expect(PacketType.CONNACK);
        assertThat(answer.reason()).isEqualTo(QUOTA_EXCEEDED);
        assertThat(answer.properties().text(Prop.REASON_STRING)).contains("used by several clients");
        lab.open(Version.V3_1_1).send(connect("tab")).expectRefused(3, QUOTA_EXCEEDED);
        third.expectAlive();
        assertThat(metrics(lab)).contains("mqtt_gateway_rate_limited_total{kind=\"takeover_rate\"} 2.0");
    }

    @Test
    void twoClientsThatFightThroughTwoGatewaysAreSlowedDownToo() {
        try (Cluster cluster = Cluster.start("limits.takeover-rate=2/h", "limits.takeover-wait=200ms")) {
            GatewayProcess[] gateways = {cluster.gateway(), cluster.gateway()};
            RawClient holder = cluster.connect(gateways[0], connect("tab"));
            for (int i = 1; i < 5; i++) { // two takeovers at each of the gateways are free
                RawClient next = cluster.connect(gateways[i % 2], connect("tab"));
                holder.expectDisconnected(Reason.SESSION_TAKEN_OVER);
                holder = next;
            }

            Packet answer = cluster.open(gateways[1]).send(connect("tab")).expect(PacketType.CONNACK);

            assertThat(answer.reason()).isEqualTo(QUOTA_EXCEEDED);
            assertThat(answer.properties().text(Prop.REASON_STRING)).contains("used by several clients");
            holder.expectAlive();
            cluster.connect(gateways[1], connect("another")).expectAlive();
        }
    }

    @Test
    void aTakeoverThatComesTooSoonWaitsWhileTheHolderWorksOn() {
        Lab lab = lab("limits.takeover-rate=60/min burst 1", "limits.takeover-wait=2s");
        lab.connect(Version.V5, connect("tab"));
        RawClient holder = lab.connect(Version.V5, connect("tab"));
        long start = System.nanoTime();

        RawClient next = lab.open(Version.V5).send(connect("tab"));
        holder.expectAlive();

        assertThat(next.expect(PacketType.CONNACK).reason()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(700));
        holder.expectDisconnected(Reason.SESSION_TAKEN_OVER);
    }

    @Test
    void aReconnectAfterAGoodbyeIsNoTakeover() {
        Lab lab = lab("limits.takeover-rate=1/h");

        for (int i = 0; i < 5; i++) {
            lab.connect(Version.V5, connect("tab")).disconnect();
        }
    }

    @Test
    void anotherPrincipalCannotUseUpTheTakeoversOfAClientIdentifier() {
        TokenDesk desk = new TokenDesk(directory);
        List<String> settings = new ArrayList<>(desk.settings());
        settings.add("limits.takeover-rate=1/h");
        Lab lab = lab(settings.toArray(String[]::new));
        RawClient holder = lab.connect(Version.V5, connect("tab").password(desk.token("ann")));
        for (int i = 0; i < 3; i++) {
            lab.open(Version.V5)
                    .send(connect("tab").password(desk.token("bob")))
                    .next();
        }

        lab.connect(Version.V5, connect("tab").password(desk.token("ann")));

        holder.expectDisconnected(Reason.SESSION_TAKEN_OVER);
    }
}
