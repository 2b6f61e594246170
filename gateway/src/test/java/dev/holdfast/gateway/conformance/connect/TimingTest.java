// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnTightGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CONNECT timeout, keep alive and session expiry: what the gateway does when nothing happens. */
@OnTightGateway
final class TimingTest {
    @Test
    void connectionWithoutAWholeConnectIsClosed(Lab lab) { // section 3.1.4: CONNECT within a reasonable time
        long start = System.nanoTime();
        RawClient silent = lab.open(Version.V5, ClientTransport.TCP);
        RawClient silentWebSocket = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        RawClient half = lab.open(Version.V5, ClientTransport.TCP);
        byte[] connect = connect(lab.id("a")).encode(Version.V5);
        half.sendBytes(Arrays.copyOf(connect, connect.length - 3));
        RawClient halfWebSocket = lab.open(Version.V5, ClientTransport.WEBSOCKET);
        halfWebSocket.sendBytes(Arrays.copyOf(connect, 5));

        for (RawClient client : List.of(silent, silentWebSocket, half, halfWebSocket)) {
            client.expectClosedWithin(4_000);
        }

        assertThat(elapsed(start)).isBetween(Duration.ofMillis(900), Duration.ofMillis(4_000));
    }

    /** Whole seconds of the gateway's clock were counted: some had hardly begun to wait, and some CONNECTs were in time and refused. */
    @Test
    void connectTimeoutIsNeverShorterThanItIsSet(Lab lab) throws Exception {
        ExecutorService readers = Executors.newCachedThreadPool();
        List<Future<Duration>> silent = new ArrayList<>();
        List<Future<Boolean>> late = new ArrayList<>();
        byte[] connect = connect(lab.id("late")).encode(Version.V5);
        try {
            await().pollInterval(Duration.ofMillis(90)).until(() -> {
                long start = System.nanoTime();
                RawClient one = lab.open(Version.V5, ClientTransport.TCP);
                silent.add(readers.submit(() -> {
                    one.expectClosedWithin(30_000);
                    return elapsed(start);
                }));
                RawClient other = lab.open(Version.V5, ClientTransport.TCP);
                late.add(readers.submit(() -> isAcceptedThoughLate(other, connect, start)));
                return silent.size() == 12;
            });

            for (Future<Duration> waited : silent) {
                assertThat(waited.get()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            }
            for (Future<Boolean> accepted : late) {
                assertThat(accepted.get()).isTrue();
            }
        } finally {
            readers.shutdownNow();
        }
    }

    /** Half a CONNECT, and the other after six tenths of the time; vacuously if this machine took longer. */
    private static boolean isAcceptedThoughLate(RawClient client, byte[] connect, long start) {
        client.sendBytes(Arrays.copyOf(connect, 5));
        await().pollInterval(Duration.ofMillis(20)).until(() -> elapsed(start).toMillis() >= 600);
        boolean sent = client.trySendBytes(Arrays.copyOfRange(connect, 5, connect.length));
        boolean inTime = elapsed(start).compareTo(Duration.ofSeconds(1)) < 0;
        return !inTime || (sent && client.expect(PacketType.CONNACK).reason() == Reason.SUCCESS);
    }

    @Test
    void drippingBytesDoesNotExtendTheConnectTimeout(Lab lab) { // SlowITe, slowloris
        RawClient drip = lab.open(Version.V5);
        byte[] connect = connect(lab.id("a")).userName("u".repeat(200)).encode(Version.V5);
        int[] sent = {0};
        long start = System.nanoTime();

        // After its FIN the gateway may go on reading for a while, so that the reason of a close is not lost to a RST.
        await().pollInterval(Duration.ofMillis(100))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    boolean isOpen = drip.trySendBytes(new byte[] {connect[sent[0]]});
                    sent[0]++;
                    return !isOpen || elapsed(start).toMillis() > 3_000;
                });

        drip.expectClosedWithin(1_000);
        assertThat(sent[0]).isLessThan(connect.length);
    }

    @Test
    void slowOpeningHandshakeIsClosed(Lab lab) { // slowloris on handshake
        long start = System.nanoTime();
        TcpChannel channel = TcpChannel.open(lab.gateway().wsPort());
        RawClient client = lab.over(channel, Version.V5);
        client.trySendBytes("GET /mqtt HTTP/1.1\r\nHost: x\r\n".getBytes(StandardCharsets.UTF_8));

        assertThat(OpeningHandshake.readAnswer(channel).status()).isIn(0, 408, 400, 503);

        assertThat(elapsed(start)).isBetween(Duration.ofMillis(800), Duration.ofMillis(5_000));
    }

    @Test
    void silentClientIsClosedAfterOneAndAHalfKeepAlives(Lab lab) { // [MQTT-3.1.2-22], 3.1.1 [MQTT-3.1.2-24]
        // [MQTT-3.2.2-22]
        List<RawClient> clients = new ArrayList<>();
        for (Dialect dialect : Dialect.values()) {
            clients.add(lab.connect(
                    dialect,
                    connect(lab.id(dialect.name().substring(0, 6) + clients.size()))
                            .keepAlive(1)));
        }
        long start = System.nanoTime();

        for (RawClient client : clients) {
            // A pong would be a sign of life.
            if (client.channel() instanceof WebSocketChannel webSocket) {
                webSocket.ignorePings();
            }
            client.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
        }

        assertThat(elapsed(start)).isBetween(Duration.ofMillis(1_400), Duration.ofMillis(4_500));
    }

    @Test
    void shorterKeepAliveThanTheShortestIsLengthenedToItWhereTheClientCanBeTold() { // [MQTT-3.2.2-21]
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.min-keep-alive=3s"));
                Lab lab = new Lab(gateway)) {
            RawClient asksForLess = lab.connect(Version.V5, lab.anonymous().keepAlive(1));
            RawClient asksForAsMuch = lab.connect(Version.V5, lab.anonymous().keepAlive(3));
            long start = System.nanoTime();

            assertThat(asksForLess.connack().properties().number(Prop.SERVER_KEEP_ALIVE))
                    .isEqualTo(3);
            assertThat(asksForAsMuch.connack().properties().has(Prop.SERVER_KEEP_ALIVE))
                    .isFalse();
            asksForLess.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
            assertThat(elapsed(start)).isGreaterThan(Duration.ofMillis(3_500));
        }
    }

    /** It was lengthened for them too, though they cannot be told (limits.min-keep-alive). */
    @ParameterizedTest
    @EnumSource(names = {"V3_1", "V3_1_1"})
    void olderClientIsHeldToTheKeepAliveThatItAsksFor(Version version) { // MQTT 3.1.1: [MQTT-3.1.2-24]
        try (InProcessGateway gateway = InProcessGateway.start(List.of("limits.min-keep-alive=30s"));
                Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(version, lab.anonymous().keepAlive(1));
            long start = System.nanoTime();

            client.expectClosed();

            assertThat(elapsed(start)).isGreaterThan(Duration.ofMillis(1_400));
        }
    }

    @Test
    void packetThatNeverBecomesWholeIsNoSignOfLife(Lab lab) { // [MQTT-3.1.2-22], slowloris on frames
        byte[] packet = publish(lab.topic("a"), new byte[4_000]).encode(Version.V5);
        RawClient tcp = lab.connect(Version.V5, lab.anonymous().keepAlive(1));
        RawClient webSocket = lab.open(Version.V5, ClientTransport.WEBSOCKET)
                .connected(lab.anonymous().keepAlive(1));
        RawClient withoutKeepAlive = lab.connect(Version.V3_1_1, lab.anonymous().keepAlive(0));
        List<RawClient> dripping = new ArrayList<>(List.of(tcp, webSocket, withoutKeepAlive));
        int[] sent = {0};

        await().pollInterval(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    byte[] next = {packet[sent[0]++]};
                    dripping.removeIf(client -> !client.trySendBytes(next));
                    return dripping.isEmpty();
                });

        tcp.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
        webSocket.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
        withoutKeepAlive.expectClosed();
    }

    @Test
    void aWholePacketIsASignOfLifeThoughTheNextOneHasBegun(Lab lab) {
        RawClient client = lab.connect(Version.V5, lab.anonymous().keepAlive(1));
        long start = System.nanoTime();
        client.trySendBytes(new byte[] {(byte) 0xC0});

        await().pollInterval(Duration.ofMillis(200))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    client.trySendBytes(new byte[] {0, (byte) 0xC0});
                    client.expect(PacketType.PINGRESP);
                    return elapsed(start).toMillis() > 4_000;
                });
    }

    @Test
    void anyPacketIsASignOfLife(Lab lab) { // 5.0 section 3.1.2.10
        RawClient pinging = lab.connect(Version.V5, lab.anonymous().keepAlive(1));
        RawClient publishing = lab.connect(Version.V3_1_1, lab.anonymous().keepAlive(1));
        RawClient overWebSocket = lab.open(Version.V5, ClientTransport.WEBSOCKET)
                .connected(lab.anonymous().keepAlive(1));
        long start = System.nanoTime();

        await().pollInterval(Duration.ofMillis(400))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    pinging.expectAlive();
                    overWebSocket.expectAlive();
                    publishing.send(publish(lab.topic("a"), "x"));
                    return elapsed(start).toMillis() > 3_500;
                });

        publishing.expectAlive();
    }

    @ParameterizedTest
    @CsvSource({"60, 3", "65535, 3", "0, 3", "2, -1", "3, -1"})
    void keepAliveBeyondTheServersIsToldSo(int asked, long told, Lab lab) { // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
        RawClient client = lab.connect(Version.V5, lab.anonymous().keepAlive(asked));

        assertThat(client.connack().properties().number(Prop.SERVER_KEEP_ALIVE, -1))
                .isEqualTo(told);
    }

    @Test
    void keepAliveOfTheServerIsTheOneThatCounts(Lab lab) { // [MQTT-3.2.2-21]
        long start = System.nanoTime();
        RawClient client = lab.connect(Version.V5, lab.anonymous().keepAlive(600));

        client.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);

        assertThat(elapsed(start)).isBetween(Duration.ofMillis(4_000), Duration.ofMillis(7_500));
    }

    /** Paho for C, Java and Python take no notice of Server Keep Alive, and were closed each time. */
    @Test
    void clientThatKeepsToWhatItHasAskedForIsNotClosedForHavingBeenToldLess() { // section 3.2.2.3.14
        try (InProcessGateway gateway =
                        InProcessGateway.start(List.of("limits.min-keep-alive=1s", "limits.max-keep-alive=1s"));
                Lab lab = new Lab(gateway)) {
            RawClient client = lab.connect(Version.V5, lab.anonymous().keepAlive(2));
            long start = System.nanoTime();

            assertThat(client.connack().properties().number(Prop.SERVER_KEEP_ALIVE))
                    .isEqualTo(1);
            client.expectDisconnected(Reason.KEEP_ALIVE_TIMEOUT);
            assertThat(elapsed(start)).isGreaterThan(Duration.ofMillis(2_800));
        }
    }

    @Test
    void sessionEndsWhenItsExpiryHasPassed(Lab lab) { // [MQTT-3.1.2-23], 5.0 section 4.1 [MQTT-4.1.0-2]
        Connect oneSecond = connect(lab.id("v5")).with(Prop.SESSION_EXPIRY_INTERVAL, 1);
        lab.connect(Version.V5, oneSecond).subscribed(lab.topic("a"), 1).disconnect();
        Connect old = connect(lab.id("v3")).cleanStart(false);
        lab.connect(Version.V3_1_1, old).subscribed(lab.topic("a"), 1).disconnect();
        long start = System.nanoTime();

        RawClient probe = lab.connect(Version.V5);
        await().pollInterval(Duration.ofMillis(300))
                .atMost(Duration.ofSeconds(6))
                .until(() -> {
                    probe.expectAlive();
                    return elapsed(start).toMillis() > 2_300;
                });

        Connect again = connect(lab.id("v5")).cleanStart(false);
        assertThat(lab.connect(Version.V5, again).connack().isSessionPresent()).isFalse();
        assertThat(lab.connect(Version.V3_1_1, old).connack().isSessionPresent())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 0xFFFFFFFFL})
    void expiryBeyondTheServersIsToldSo(long asked, Lab lab) { // [MQTT-3.2.2-4] section 3.2.2.3.2
        RawClient client = lab.connect(Version.V5, connect(lab.id("a")).with(Prop.SESSION_EXPIRY_INTERVAL, asked));

        assertThat(client.connack().properties().number(Prop.SESSION_EXPIRY_INTERVAL))
                .isEqualTo(2);
    }

    @Test
    void willDelayBeyondTheLimitIsCut(Lab lab) { // a Will Delay of 2^32 - 1
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 0);
        lab.connect(
                        Version.V5,
                        connect(lab.id("a"))
                                .with(Prop.SESSION_EXPIRY_INTERVAL, 2)
                                .will(publish(lab.topic("will"), "gone").with(Prop.WILL_DELAY_INTERVAL, 0xFFFFFFFFL)))
                .close();

        watcher.expectPublish("gone");
    }

    @Test
    void idleWebSocketIsPingedAndItsPongCountsAsLife(Lab lab) throws IOException { // RFC 6455 section 5.5.2
        RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET)
                .connected(lab.anonymous().keepAlive(2));
        WebSocketChannel socket = client.webSocket();
        for (int i = 0; i < 4; i++) {
            WebSocketChannel.Frame ping = socket.readFrame(3_000);
            assertThat(ping.opcode()).isEqualTo(WebSocketChannel.PING);
            socket.writeRaw(WebSocketChannel.frame(WebSocketChannel.FIN | WebSocketChannel.PONG, ping.payload()));
        }

        client.expectAlive();
    }

    private static Duration elapsed(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
