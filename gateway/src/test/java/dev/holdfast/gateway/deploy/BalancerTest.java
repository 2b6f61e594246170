// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import dev.holdfast.gateway.deploy.Balancer.Backend;
import dev.holdfast.gateway.deploy.Balancer.Haproxy;
import dev.holdfast.gateway.deploy.Balancer.Nginx;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.transport.tls.Certificates;
import dev.holdfast.store.redis.RedisProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * HAProxy and nginx, both by the files under {@code deploy/balancer} and at the same time, before three real gateways on one
 * Redis. The gateways are started once: in turn they are looked at, one is killed, one drained.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class BalancerTest {
    private static final int PHONES = 50;
    private static final int MANY_PHONES = 2_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RedisProcess redis = RedisProcess.start("--appendonly", "yes");
    private final List<Backend> backends =
            Stream.generate(Backend::free).limit(3).toList();
    private final List<GatewayProcess> gateways = new ArrayList<>();
    private final List<Balancer> balancers = new ArrayList<>();

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        List<CompletableFuture<GatewayProcess>> begun = backends.stream()
                .map(backend -> CompletableFuture.supplyAsync(() -> gateway(backend)))
                .toList();
        Certificates certificates = Certificates.of("EC", "localhost");
        certificates.writeCertificate(directory.resolve("crt"));
        certificates.writeKey(directory.resolve("key"));
        Path both = Files.writeString(
                directory.resolve("pem"),
                Files.readString(directory.resolve("crt")) + Files.readString(directory.resolve("key")));
        Map<String, String> fast = Map.of("HOLDFAST_CHECK", "200ms", "HOLDFAST_IDLE", "2s");
        balancers.add(new Haproxy(backends, both, Files.createDirectory(directory.resolve("h")), fast));
        balancers.add(new Nginx(backends, both, Files.createDirectory(directory.resolve("n")), fast));
        for (CompletableFuture<GatewayProcess> gateway : begun) {
            gateways.add(gateway.get(60, TimeUnit.SECONDS));
        }
        awaitHaproxyUses(3);
    }

    private GatewayProcess gateway(Backend backend) {
        return GatewayProcess.start(
                List.of(
                        "store.redis.url=" + redis.addressForGateways(),
                        "listeners.ws-port=" + backend.ws(),
                        "listeners.tcp-port=" + backend.mqtt(),
                        "listeners.health-port=" + backend.health(),
                        "listeners.tcp-proxy-protocol=true",
                        "websocket.trusted-proxies=127.0.0.1",
                        "websocket.ping-interval=500ms",
                        "limits.min-keep-alive=1s",
                        "drain.notice=1s",
                        "drain.rate=500/s"),
                List.of());
    }

    @AfterAll
    void stop() {
        balancers.forEach(Balancer::close);
        gateways.forEach(GatewayProcess::kill);
        redis.close();
    }

    private Haproxy haproxy() {
        return (Haproxy) balancers.get(0);
    }

    private List<Door> doors() {
        return balancers.stream().flatMap(each -> each.doors().stream()).toList();
    }

    private static String get(int port, String path) throws IOException {
        return new String(
                URI.create("http://127.0.0.1:" + port + path)
                        .toURL()
                        .openStream()
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private void awaitHaproxyUses(int count) {
        await().until(() -> get(haproxy().internalPort(), "/metrics")
                        .lines()
                        .filter(line -> line.startsWith("haproxy_server_status{") && line.contains("state=\"UP\"}"))
                        .filter(line -> line.endsWith(" 1"))
                        .count()
                == 2L * count);
    }

    /** Everything that a gateway counts about clients. */
    private static String counters(GatewayProcess gateway) throws IOException {
        return get(gateway.adminPort(), "/metrics")
                .lines()
                .filter(line -> line.startsWith("mqtt_gateway_"))
                .filter(line -> line.contains("_total"))
                .filter(line -> !line.contains("_redis_"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    @Order(1)
    void healthChecksLeaveNoTraceInCountersAndLogs() throws IOException {
        GatewayProcess gateway = gateways.get(0);
        String counted = counters(gateway);
        long logged = Files.size(gateway.log());

        // Five checks at each of two ports.
        await().during(Duration.ofSeconds(1))
                .until(() -> counters(gateway).equals(counted) && Files.size(gateway.log()) == logged);
    }

    @Test
    @Order(2)
    void theAddressOfAClientArrivesAndWhatItClaimsDoesNot() throws IOException {
        for (Door door : doors()) {
            String id = "address-" + door.port();
            Mqtt5BlockingClient client = door.client(id)
                    .transportConfig()
                    .localAddress("127.0.0.77")
                    .applyTransportConfig()
                    .useMqttVersion5()
                    .buildBlocking();
            client.connect();

            assertThat(JSON.readTree(get(gateways.get(0).adminPort(), "/api/v1/sessions/" + id))
                            .findValuesAsText("address"))
                    .as(door.isWebSocket() ? "X-Forwarded-For" : "PROXY protocol")
                    .allMatch(address -> address.startsWith("127.0.0.77"))
                    .isNotEmpty();
            client.disconnect();
        }
    }

    @Test
    @Order(3)
    void quietClientsStayBeyondTheIdleTimeoutAndAReloadDisturbsNobody() throws Exception {
        // Over WebSocket the gateway's pings keep it, over TCP the client's own.
        try (Crowd crowd = Crowd.connect("quiet", "", doors(), PHONES, 1)) {
            balancers.forEach(Balancer::reload);
            try (Crowd late = Crowd.connect("late", "", doors(), 8, 1)) {
                await().during(Duration.ofMillis(2_500)).until(() -> crowd.connected() == PHONES);
                crowd.tellNeighbours("after").get(10, TimeUnit.SECONDS);

                await().until(() -> crowd.missing() == 0);
                assertThat(crowd.connects()).isEqualTo(PHONES);
                assertThat(late.connects()).isEqualTo(8);
            }
        }
    }

    @Test
    @Order(4)
    void whoWasAtAGatewayThatIsKilledIsBackAtAnotherOneAndMissesNothing() throws Exception {
        try (Crowd crowd = Crowd.connect("kill", "", doors(), PHONES, 1)) {
            gateways.get(0).kill();
            CompletableFuture<?> told = crowd.tellNeighbours("meanwhile");
            told.get(20, TimeUnit.SECONDS);

            await().until(() -> crowd.missing() == 0 && crowd.connected() == PHONES);
            assertThat(crowd.connects()).isGreaterThan(PHONES);
            assertThat(crowd.sessionsLost()).isZero();
        }
    }

    @Test
    @Order(5)
    void aGatewayThatDrainsIsLeftWithoutALoss() throws Exception {
        try (Crowd crowd = Crowd.connect("drain", "", doors(), PHONES, 1)) {
            drained(crowd, 1, 1);

            assertThat(crowd.connected()).isEqualTo(PHONES);
        }
    }

    @Test
    @Order(6)
    @Tag("long")
    void twoThousandClientsSurviveAReloadADrainAndAKill() throws Exception {
        for (int i = 0; i < 2; i++) {
            gateways.set(i, gateway(backends.get(i)));
        }
        awaitHaproxyUses(3);
        try (Crowd crowd = Crowd.connect("many", "", doors(), MANY_PHONES, 1)) {
            balancers.forEach(Balancer::reload);
            drained(crowd, 1, 2);
            gateways.get(0).kill();
            crowd.tellNeighbours("at the end").get(30, TimeUnit.SECONDS);

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> crowd.missing() == 0 && crowd.connected() == MANY_PHONES);
            assertThat(crowd.sessionsLost()).isZero();
        }
    }

    /** Has a gateway drain while the crowd talks: it goes to those that are left, and loses nothing. */
    private void drained(Crowd crowd, int number, int left) throws Exception {
        CompletableFuture<Integer> ended = gateways.get(number).signalled("-TERM");
        awaitHaproxyUses(left);
        crowd.tellNeighbours("while it drains").get(30, TimeUnit.SECONDS);

        assertThat(ended.get(30, TimeUnit.SECONDS)).isZero();
        crowd.tellNeighbours("after it has gone").get(30, TimeUnit.SECONDS);
        await().atMost(Duration.ofSeconds(30)).until(() -> crowd.missing() == 0);
        assertThat(crowd.sessionsLost()).isZero();
    }
}
