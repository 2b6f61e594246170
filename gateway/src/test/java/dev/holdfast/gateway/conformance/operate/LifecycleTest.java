// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.operate;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.EventRecorder;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.TokenDesk;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.hooks.LifecycleEvent;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientConnected;
import dev.holdfast.gateway.hooks.LifecycleEvent.ClientDisconnected;
import dev.holdfast.store.redis.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lifecycle events are exact, in order, and told once, by one gateway or by three that share a Redis. */
final class LifecycleTest {
    private static final String CREATED = "session.created";
    private static final String RESUMED = "session.resumed";
    private static final String CONNECTED = "client.connected";

    @TempDir
    private static Path directory;

    private static final EventRecorder RECORDER = new EventRecorder();
    private static final Map<World, List<InProcessGateway>> GATEWAYS = new EnumMap<>(World.class);
    /** What became of each client identifier of all tests: at the very end it must still be all. */
    private static final Map<String, List<String>> EXPECTED = new TreeMap<>();

    private static TokenDesk desk;
    private static RedisProcess redis;
    private final List<RawClient> opened = new ArrayList<>();

    /** Where a client is connected first, and where later. */
    enum World {
        ALONE,
        SHARED;

        InProcessGateway here() {
            return GATEWAYS.getOrDefault(this, List.of()).get(0);
        }

        InProcessGateway there() {
            return GATEWAYS.getOrDefault(this, List.of()).get(this == ALONE ? 0 : 1);
        }

        String id(String rest) {
            return name() + "-" + rest;
        }
    }

    @BeforeAll
    static void start() {
        desk = new TokenDesk(directory);
        redis = RedisProcess.start();
        List<String> settings = Stream.concat(
                        desk.settings().stream(), Stream.of("auth.anonymous=true", "limits.min-keep-alive=1s"))
                .filter(setting -> !setting.equals("auth.anonymous=false"))
                .toList();
        List<String> shared = new ArrayList<>(settings);
        shared.add("store.redis.url=" + redis.addressForGateways());
        GATEWAYS.put(World.ALONE, List.of(InProcessGateway.start(settings, List.of(RECORDER))));
        GATEWAYS.put(
                World.SHARED,
                Stream.generate(() -> InProcessGateway.start(shared, List.of(RECORDER)))
                        .limit(3)
                        .toList());
    }

    @AfterAll
    static void nothingElseHasBecomeOfAnybody() {
        GATEWAYS.values().forEach(all -> all.forEach(InProcessGateway::close));
        redis.close();
        EXPECTED.forEach((clientId, events) ->
                assertThat(RECORDER.namesOf(clientId)).as(clientId).isEqualTo(events));
    }

    @AfterEach
    void close() {
        opened.forEach(RawClient::close);
    }

    @ParameterizedTest
    @EnumSource
    void aCleanSessionEndsWithItsConnection(World world) {
        String id = world.id("clean");

        open(world.here(), connect(id)).disconnect();

        expect(id, CREATED, CONNECTED, "client.disconnected(normal)", "session.terminated(normal)");
    }

    @ParameterizedTest
    @EnumSource
    void aCleanSessionWhoseSocketIsLostEndsWithTheSameReason(World world) {
        String id = world.id("lost");

        open(world.here(), connect(id)).vanish();

        expect(id, CREATED, CONNECTED, "client.disconnected(tcp_closed)", "session.terminated(tcp_closed)");
    }

    @ParameterizedTest
    @EnumSource
    void aCleanSessionThatIsDisplacedIsDiscardedAndANewOneCreated(World world) {
        String id = world.id("clean-displaced");
        RawClient old = open(world.here(), connect(id));
        await().until(() -> RECORDER.namesOf(id).size() == 2);

        open(world.there(), connect(id)).disconnect();

        old.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        expect(
                id,
                CREATED,
                CONNECTED,
                "client.disconnected(discarded)",
                "session.discarded",
                CREATED,
                CONNECTED,
                "client.disconnected(normal)",
                "session.terminated(normal)");
    }

    @ParameterizedTest
    @EnumSource
    void aKeptSessionIsCreatedOnceAndNotTerminatedAtDisconnectAndThenResumed(World world) {
        String id = world.id("kept");

        open(world.here(), kept(id)).disconnect();
        await().until(() -> RECORDER.namesOf(id).size() == 3);
        open(world.there(), kept(id)).disconnect();

        expect(
                id,
                CREATED,
                CONNECTED,
                "client.disconnected(normal)",
                RESUMED,
                CONNECTED,
                "client.disconnected(normal)");
    }

    @ParameterizedTest
    @EnumSource
    void aKeptSessionThatIsDisplacedIsNeitherDestroyedNorCreated(World world) {
        String id = world.id("kept-displaced");
        RawClient old = open(world.here(), kept(id));
        await().until(() -> RECORDER.namesOf(id).size() == 2);

        open(world.there(), kept(id)).disconnect();

        old.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        expect(
                id,
                CREATED,
                CONNECTED,
                "client.disconnected(takenover)",
                "session.takenover",
                RESUMED,
                CONNECTED,
                "client.disconnected(normal)");
    }

    @ParameterizedTest
    @EnumSource
    void aCleanStartDiscardsTheSessionThatWasKept(World world) {
        String id = world.id("clean-start");
        open(world.here(), kept(id)).disconnect();
        await().until(() -> RECORDER.namesOf(id).size() == 3);

        open(world.there(), kept(id).cleanStart(true)).disconnect();

        expect(
                id,
                CREATED,
                CONNECTED,
                "client.disconnected(normal)",
                "session.discarded",
                CREATED,
                CONNECTED,
                "client.disconnected(normal)");
    }

    @ParameterizedTest
    @EnumSource
    void aSessionThatExpiresIsTerminatedOnceThoughAllGatewaysWatch(World world) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String id = world.id("expires-" + i);
            ids.add(id);
            open(world.here(), connect(id).with(Prop.SESSION_EXPIRY_INTERVAL, 1))
                    .disconnect();
        }

        ids.forEach(id -> expect(id, CREATED, CONNECTED, "client.disconnected(normal)", "session.terminated(expired)"));
    }

    @ParameterizedTest
    @EnumSource
    void aSilentClientHasAReasonOfItsOwnAndItsSessionStays(World world) {
        String id = world.id("silent");

        open(world.here(), kept(id).keepAlive(1)).expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);

        expect(id, CREATED, CONNECTED, "client.disconnected(keepalive_timeout)");
    }

    @ParameterizedTest
    @EnumSource
    void anExpiredTokenIsNotAuthorizedAndTheOutcomeSaysMore(World world) {
        String id = world.id("token");

        // A token counts in whole seconds: one of a second may have a moment only.
        open(world.here(), kept(id).userName("u").password(desk.token("ann", Duration.ofSeconds(2))))
                .expectDisconnected(Reason.NOT_AUTHORIZED);

        expect(id, CREATED, CONNECTED, "client.disconnected(not_authorized)");
        LifecycleEvent last = RECORDER.of(id).get(2);
        assertThat(last)
                .isInstanceOfSatisfying(
                        ClientDisconnected.class,
                        gone -> assertThat(gone.outcome()).isEqualTo("token_expired"));
        assertThat(last.subject().principal()).contains("ann").doesNotContain("ey");
    }

    @ParameterizedTest
    @EnumSource
    void aKickedClientIsToldAndItsSessionIsGoneWhereverItIsConnected(World world) {
        String id = world.id("kicked");
        RawClient client = open(world.here(), kept(id)).subscribed(id + "/t", 1);

        assertThat(world.there().kick(id)).isTrue();

        client.expectDisconnected(Reason.ADMINISTRATIVE_ACTION);
        assertThat(world.there().kick(id)).isFalse();
        expect(id, CREATED, CONNECTED, "client.disconnected(kicked)", "session.terminated(kicked)");
    }

    @ParameterizedTest
    @EnumSource
    void aSessionThatIsKickedOfflineIsTerminatedWithoutADisconnect(World world) {
        String id = world.id("kicked-offline");
        open(world.here(), kept(id)).disconnect();
        await().until(() -> RECORDER.namesOf(id).size() == 3);

        assertThat(world.there().kick(id)).isTrue();

        expect(id, CREATED, CONNECTED, "client.disconnected(normal)", "session.terminated(kicked)");
    }

    @ParameterizedTest
    @EnumSource
    void aStormOfOneClientIdentifierIsToldInOrderAndEveryConnectionEndsOnce(World world) {
        String id = world.id("storm");
        for (int i = 0; i < 24; i++) {
            RawClient client = new RawClient(TcpChannel.open(world.here().tcpPort()), Version.V5);
            opened.add(client);
            client.send(kept(id));
        }

        await().until(() -> count(id, CONNECTED) == 24 && count(id, "client.disconnected(takenover)") == 23);
        assertThat(RECORDER.of(id)).isSortedAccordingTo((a, b) -> Long.compare(a.epoch(), b.epoch()));
        assertThat(count(id, CREATED)).isEqualTo(1);
        assertThat(count(id, RESUMED)).isEqualTo(23);
        assertThat(count(id, "session.takenover")).isEqualTo(23);
        List<String> names = RECORDER.namesOf(id);
        for (int i = 2; i < names.size(); i += 4) {
            assertThat(names.subList(i, i + 4))
                    .containsExactly("client.disconnected(takenover)", "session.takenover", RESUMED, CONNECTED);
        }
    }

    private static long count(String id, String name) {
        return RECORDER.namesOf(id).stream().filter(name::equals).count();
    }

    @ParameterizedTest
    @EnumSource
    void anEventSaysWhoWhereAndHow(World world) {
        String id = world.id("facts");

        RawClient client = open(world.here(), kept(id));
        await().until(() -> RECORDER.of(id).size() == 2);
        open(world.there(), kept(id));
        client.expectDisconnected(Reason.SESSION_TAKEN_OVER);

        await().until(() -> RECORDER.of(id).size() == 6);
        assertThat(RECORDER.of(id).get(1)).isInstanceOfSatisfying(ClientConnected.class, connected -> {
            assertThat(connected.connection().peer()).startsWith("127.0.0.1:");
            assertThat(connected.connection().transport()).isEqualTo("tcp");
            assertThat(connected.connection().protocol()).isEqualTo("5.0");
            assertThat(connected.cleanStart()).isFalse();
            assertThat(connected.sessionPresent()).isFalse();
            assertThat(connected.expiry()).isEqualTo(Duration.ofMinutes(10));
        });
        LifecycleEvent first = RECORDER.of(id).get(1);
        LifecycleEvent displaced = RECORDER.of(id).get(2);
        LifecycleEvent second = RECORDER.of(id).get(5);
        assertThat(displaced.epoch()).isEqualTo(first.epoch()).isLessThan(second.epoch());
        assertThat(displaced.subject().gateway()).isEqualTo(first.subject().gateway());
        assertThat(displaced.subject().at())
                .isBetween(first.subject().at(), second.subject().at());
        if (world == World.SHARED) {
            assertThat(second.subject().gateway()).isNotEqualTo(first.subject().gateway());
        }
    }

    @Test
    void theConnectionsOfAKilledGatewayAreToldOnceByThoseThatLive() {
        GatewayProcess killed =
                GatewayProcess.start(List.of("store.redis.url=" + redis.addressForGateways()), List.of());
        List<String> kept = new ArrayList<>();
        List<String> clean = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                kept.add("killed-kept-" + i);
                clean.add("killed-clean-" + i);
                open(killed, kept(kept.get(i)));
                open(killed, connect(clean.get(i)));
            }
            open(killed, kept("killed-back"));
        } finally {
            killed.kill();
        }

        open(World.SHARED.here(), kept("killed-back")).disconnect();

        expect(
                "killed-back",
                "client.disconnected(takenover)",
                "session.takenover",
                RESUMED,
                CONNECTED,
                "client.disconnected(normal)");
        kept.forEach(id -> expect(id, "client.disconnected(gateway_lost)"));
        clean.forEach(id -> expect(id, "client.disconnected(gateway_lost)", "session.terminated(gateway_lost)"));
    }

    @Test
    void aGatewayThatShutsDownTellsOfAllItsConnectionsItself() {
        InProcessGateway leaving =
                InProcessGateway.start(List.of("store.redis.url=" + redis.addressForGateways()), List.of(RECORDER));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            ids.add("shutdown-" + i);
            open(leaving, i % 2 == 0 ? kept(ids.get(i)) : connect(ids.get(i)));
        }

        leaving.close();

        for (int i = 0; i < 50; i++) {
            String disconnected = "client.disconnected(server_shutting_down)";
            if (i % 2 == 0) {
                expect(ids.get(i), CREATED, CONNECTED, disconnected);
            } else {
                expect(ids.get(i), CREATED, CONNECTED, disconnected, "session.terminated(server_shutting_down)");
            }
        }
    }

    private RawClient open(TestGateway gateway, Connect connect) {
        RawClient client = new RawClient(TcpChannel.open(gateway.tcpPort()), Version.V5);
        opened.add(client);
        return client.connected(connect);
    }

    /** All that is to become of a client identifier, now and until the end of all tests. */
    private void expect(String clientId, String... events) {
        List<String> expected = List.of(events);
        await().atMost(Duration.ofSeconds(15))
                .until(() -> RECORDER.namesOf(clientId).size() >= expected.size());
        assertThat(RECORDER.namesOf(clientId)).isEqualTo(expected);
        EXPECTED.put(clientId, expected);
    }
}
