// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.OpeningHandshake;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.harness.mqtt.WebSocketChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a client has sent before the end of its connection is dealt with, though it is read slower than it sends, or waits for
 * the store. A WebSocket Close or a takeover threw it away, DISCONNECT included, and then the will was published.
 */
final class ReceivedBeforeTheEndTest {
    private static final int COUNT = 150;

    private static String[] numbers() {
        return IntStream.range(0, COUNT).mapToObj(i -> "m" + i).toArray(String[]::new);
    }

    /** The publications, at QoS 2 with their PUBRELs, then what comes after, as one stream of bytes. */
    private static byte[] all(Version version, String topic, int qos, Outgoing... after) {
        List<Outgoing> packets = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            packets.add(publish(topic, "m" + i).qos(qos).packetId(i + 1));
            if (qos == 2) {
                packets.add(ack(PacketType.PUBREL, i + 1));
            }
        }
        packets.addAll(List.of(after));
        ByteWriter out = new ByteWriter();
        packets.forEach(packet -> out.raw(packet.encode(version)));
        return out.toBytes();
    }

    /** Publishes behind everything else, so that what has not come before it does not come. */
    private static void expectNothingMore(Lab lab, RawClient watcher, String topic) {
        lab.connect(Version.V5).published(publish(topic, "end").qos(1), 1);
        watcher.expectPublish("end");
    }

    private static byte[] closeFrame() {
        return WebSocketChannel.frame(0x88, new byte[] {3, (byte) 0xE8});
    }

    @Nested
    @OnGateway(
            value = {"limits.message-rate=200/s burst 20", "limits.byte-rate=off", "listeners.io-threads=2"},
            alone = true)
    final class ReadSlower {
        private static Connect mortal(Lab lab) {
            return connect(lab.id("a")).will(publish(lab.topic("a"), "will"));
        }

        @ParameterizedTest
        @CsvSource({"V3_1, 0", "V3_1_1, 0", "V3_1_1, 1", "V3_1_1, 2", "V5, 0", "V5, 1", "V5, 2"})
        void goodbyeBeforeAWebSocketCloseIsHeardAndNothingIsLost(Version version, int qos, Lab lab) throws Exception {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient client = lab.open(version, ClientTransport.WEBSOCKET).connected(mortal(lab));
            long start = System.nanoTime();

            client.webSocket()
                    .writeRaw(new ByteWriter()
                            .raw(WebSocketChannel.frame(0x82, all(version, lab.topic("a"), qos, Packets.disconnect())))
                            .raw(closeFrame())
                            .toBytes());

            assertThat(watcher.expectPublishes(COUNT)).containsExactly(numbers());
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("150 messages, 20 at once and 200 a second")
                    .isGreaterThan(Duration.ofMillis(450));
            expectNothingMore(lab, watcher, lab.topic("a"));
        }

        @Test
        void withoutAGoodbyeTheWillComesAfterAllThatWasPublished(Lab lab) throws Exception {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(mortal(lab));

            client.webSocket()
                    .writeRaw(new ByteWriter()
                            .raw(WebSocketChannel.frame(0x82, all(Version.V5, lab.topic("a"), 0)))
                            .raw(closeFrame())
                            .toBytes());

            assertThat(watcher.expectPublishes(COUNT)).containsExactly(numbers());
            watcher.expectPublish("will");
        }

        /** What breaks WebSocket's rules does not take back what came before it. */
        @Test
        void brokenFrameAfterAGoodbyeTakesNothingBack(Lab lab) throws Exception {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient client = lab.open(Version.V5, ClientTransport.WEBSOCKET).connected(mortal(lab));

            client.webSocket()
                    .writeRaw(new ByteWriter()
                            .raw(WebSocketChannel.frame(0x82, all(Version.V5, lab.topic("a"), 0, Packets.disconnect())))
                            .raw(WebSocketChannel.unmaskedFrame(0x82, new byte[] {1}))
                            .toBytes());

            assertThat(watcher.expectPublishes(COUNT)).containsExactly(numbers());
            expectNothingMore(lab, watcher, lab.topic("a"));
        }

        @ParameterizedTest
        @EnumSource
        void goodbyeBeforeATakeoverIsHeardAndNothingIsLost(Dialect dialect, Lab lab) {
            for (int qos = 0; qos <= 1; qos++) {
                RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
                RawClient client = lab.connect(dialect, mortal(lab));
                client.sendBytes(all(dialect.version, lab.topic("a"), qos, Packets.disconnect()));
                watcher.expectPublish("m0");

                lab.connect(dialect, connect(lab.id("a"))).disconnect();

                assertThat(watcher.expectPublishes(COUNT - 1))
                        .containsExactly(
                                IntStream.range(1, COUNT).mapToObj(i -> "m" + i).toArray(String[]::new));
                expectNothingMore(lab, watcher, lab.topic("a"));
            }
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void atATakeoverTheWillComesAfterAllThatWasPublished(boolean isKept, Lab lab) {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            Connect connect = (isKept ? kept(lab.id("a")) : connect(lab.id("a"))).will(publish(lab.topic("a"), "will"));
            RawClient client = lab.connect(Version.V5, connect);
            client.sendBytes(all(Version.V5, lab.topic("a"), 1));
            watcher.expectPublish("m0");

            lab.connect(Version.V5, kept(lab.id("a")));

            assertThat(watcher.expectPublishes(COUNT - 1)).endsWith("m" + (COUNT - 1));
            watcher.expectPublish("will");
        }

        /** Or who takes over from itself again and again would publish as fast as it likes. */
        @Test
        void whatATakeoverTookAtOnceIsWaitedForByTheNextConnection(Lab lab) {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient client = lab.connect(Version.V5, mortal(lab));
            long start = System.nanoTime();
            client.sendBytes(all(Version.V5, lab.topic("a"), 0));
            watcher.expectPublish("m0");
            RawClient next = lab.connect(Version.V5, connect(lab.id("a")));
            assertThat(watcher.expectPublishes(COUNT)).endsWith("will");

            next.send(publish(lab.topic("a"), "next"), publish(lab.topic("a"), "after next"));
            watcher.expectPublish("next");
            watcher.expectPublish("after next");

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("151 messages, 20 at once and 200 a second")
                    .isGreaterThan(Duration.ofMillis(450));
        }

        /** It reads what it publishes itself, so that the gateway writes to the socket that is gone. */
        @ParameterizedTest
        @EnumSource
        void goodbyeBeforeAResetIsHeardAndNothingIsLost(ClientTransport transport, Lab lab) throws IOException {
            RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 0);
            RawClient client = lab.open(Version.V5, transport).connected(mortal(lab));
            client.subscribed(lab.topic("a"), 0);
            client.sendBytes(all(Version.V5, lab.topic("a"), 0, Packets.disconnect()));
            watcher.expectPublish("m0");

            (transport == ClientTransport.TCP
                            ? (TcpChannel) client.channel()
                            : client.webSocket().tcp())
                    .reset();

            assertThat(watcher.expectPublishes(COUNT - 1)).endsWith("m" + (COUNT - 1));
            expectNothingMore(lab, watcher, lab.topic("a"));
        }
    }

    /** At a shutdown the queue of a kept session, which another gateway reads, has everything. */
    @Test
    void whatWasReadBeforeAShutdownIsPublished() {
        try (Cluster cluster = Cluster.start()) {
            GatewayProcess ending = cluster.gateway("limits.message-rate=20/s burst 5");
            GatewayProcess staying = cluster.gateway();
            RawClient watcher = cluster.connect(staying, kept("watcher")).subscribed("a", 1);
            RawClient client = cluster.connect(ending, connect("client").will(publish("a", "will")));
            client.sendBytes(all(Version.V5, "a", 1));
            watcher.take();

            assertThat(ending.terminate()).isZero();

            for (int i = 1; i < COUNT; i++) {
                assertThat(watcher.take().text()).isEqualTo("m" + i);
            }
        }
    }

    /** The whole life of a client in one write, as a sensor lives that wakes up to say one thing. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lifeInOneWriteIsLivedThoughTheStoreIsFarAway(boolean isKept) throws IOException {
        try (Cluster cluster = Cluster.start();
                FaultProxy wayToRedis = FaultProxy.to(cluster.redis()::port)) {
            GatewayProcess gateway = cluster.gateway("store.redis.url=redis://127.0.0.1:" + wayToRedis.port());
            RawClient watcher = cluster.connect(gateway, connect("watcher")).subscribed("#", 0);
            wayToRedis.delay(FaultProxy.Direction.TO_SERVER, Duration.ofMillis(100));
            for (int qos = 0; qos <= 1; qos++) {
                RawClient client = new RawClient(
                        WebSocketChannel.open(
                                gateway.wsPort(), OpeningHandshake.handshake().subprotocol("mqtt")),
                        Version.V5);
                Connect connect = (isKept ? kept("life") : connect("life")).will(publish("will", "will"));
                ByteWriter life = new ByteWriter();
                for (Outgoing packet : List.of(
                        connect,
                        subscribe("other", 0),
                        publish("said", "word " + qos).qos(qos).packetId(7),
                        Packets.disconnect())) {
                    life.raw(packet.encode(Version.V5));
                }

                client.webSocket()
                        .writeRaw(new ByteWriter()
                                .raw(WebSocketChannel.frame(0x82, life.toBytes()))
                                .raw(closeFrame())
                                .toBytes());

                watcher.expectPublish("word " + qos);
                client.close();
            }
            wayToRedis.heal();
            cluster.connect(gateway, connect("end"))
                    .published(publish("end", "end").qos(1), 1);
            watcher.expectPublish("end");
        }
    }
}
