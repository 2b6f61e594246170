// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.packet;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Twenty thousand packets that were legal once: nothing grows, nobody else notices. */
@OnGateway(
        value = {
            "limits.connect-timeout=500ms",
            "limits.max-retained=500",
            "session.max-expiry=1s",
            "session.default-expiry=1s",
            "session.sweep-interval=100ms",
            "log.level=warn"
        },
        jvm = "-Xmx96m",
        alone = true)
final class MutatedPacketsTest {
    private static final long SEED = 20_261_124;
    private static final int PACKETS_OF_EACH_VERSION = 10_000;
    private static final int PACKETS_OF_A_CONNECTION = 2;
    private static final long MOST_GROWTH_BYTES = 48_000_000;
    private static final long MOST_LIVE_GROWTH_BYTES = 3_000_000;
    private static final String CONNECTIONS = "mqtt_gateway_connections{transport=\"tcp\"}";
    private static final String OFFLINE = "mqtt_gateway_cluster_sessions{state=\"offline\"}";

    private final List<Outgoing> originals = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void mutatedPacketsMakeNothingGrow(Version version, Lab lab) throws IOException {
        Random random = new Random(SEED + version.level);
        originals(lab);
        lab.innocentsConnect();
        double connections = lab.gateway().metric(CONNECTIONS);
        send(version, lab, random, PACKETS_OF_EACH_VERSION / 5);
        awaitQuiet(lab, connections);
        long residentAfterWarmUp = lab.gateway().residentBytes();
        long liveAfterWarmUp = lab.gateway().liveHeapBytes();

        send(version, lab, random, PACKETS_OF_EACH_VERSION * 4 / 5);

        awaitQuiet(lab, connections);
        assertThat(lab.gateway().liveHeapBytes() - liveAfterWarmUp)
                .as("growth of the live heap, seed %d", SEED)
                .isLessThan(MOST_LIVE_GROWTH_BYTES);
        assertThat(lab.gateway().residentBytes() - residentAfterWarmUp)
                .as("growth of the resident memory, seed %d", SEED)
                .isLessThan(MOST_GROWTH_BYTES);
        lab.innocentsAreStillServed();
    }

    /** The innocents' connections are the only ones, and what the others left as sessions has expired. */
    private static void awaitQuiet(Lab lab, double connections) {
        await().untilAsserted(() -> {
            assertThat(lab.gateway().metric(CONNECTIONS))
                    .as("connections, seed %d", SEED)
                    .isEqualTo(connections);
            assertThat(lab.gateway().metric(OFFLINE))
                    .as("sessions, seed %d", SEED)
                    .isZero();
        });
    }

    private void originals(Lab lab) {
        String topic = lab.topic("m");
        originals.add(Connect.kept(lab.id("x"))
                .will(publish(topic, "w").qos(1).retained())
                .userName("u")
                .password("p")
                .with(Prop.RECEIVE_MAXIMUM, 3)
                .userProperty("a", "b"));
        originals.add(publish(topic, "payload"));
        originals.add(publish(topic, "payload").atLeastOnce(5).retained());
        originals.add(publish(topic, "payload")
                .exactlyOnce(6)
                .with(Prop.TOPIC_ALIAS, 1)
                .with(Prop.MESSAGE_EXPIRY_INTERVAL, 60)
                .with(Prop.RESPONSE_TOPIC, "r")
                .with(Prop.CORRELATION_DATA, new byte[] {1, 2, 3})
                .userProperty("name", "value"));
        originals.add(Subscribe.subscribe(7).to(topic + "/+/#", 1).to("$share/g/" + topic, 2));
        originals.add(Subscribe.unsubscribe(8, topic, "a/#"));
        for (PacketType type : List.of(PacketType.PUBACK, PacketType.PUBREC, PacketType.PUBREL, PacketType.PUBCOMP)) {
            originals.add(Packets.ack(type, 5));
        }
        originals.add(Packets.PINGREQ);
        originals.add(Packets.disconnect(0).with(Prop.SESSION_EXPIRY_INTERVAL, 1));
        originals.add(Packets.auth(Reason.RE_AUTHENTICATE).with(Prop.AUTHENTICATION_METHOD, "m"));
    }

    /** Sends mutated packets, a few on each connection, and waits until the gateway has been through with it. */
    private void send(Version version, Lab lab, Random random, int count) throws IOException {
        byte[] buffer = new byte[16_384];
        for (int sent = 0; sent < count; sent += PACKETS_OF_A_CONNECTION) {
            try (TcpChannel channel = TcpChannel.open(lab.gateway().tcpPort())) {
                ByteWriter out = new ByteWriter();
                if (random.nextInt(10) > 0) {
                    out.raw(Connect.connect(lab.id("x" + random.nextInt(50))).encode(version));
                }
                for (int i = 0; i < PACKETS_OF_A_CONNECTION; i++) {
                    out.raw(mutated(
                            originals.get(random.nextInt(originals.size())).encode(version), random));
                }
                channel.write(out.toBytes());
                channel.shutdownOutput();
                while (channel.read(buffer, 5_000) >= 0) {
                    // what it answers is not the question here
                }
            } catch (SocketException closedMidway) {
                // as it may
            }
        }
    }

    /** One to three changes; half of the time the length in the fixed header is made to fit again. */
    private static byte[] mutated(byte[] original, Random random) {
        byte[] packet = original.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(packet.length);
            switch (random.nextInt(5)) {
                case 0 -> packet[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> packet[at] = (byte) random.nextInt(256);
                case 2 -> packet[at] = (byte) (random.nextBoolean() ? 0xFF : 0x00);
                case 3 -> packet = Arrays.copyOf(packet, Math.max(2, at));
                default -> {
                    byte[] longer = Arrays.copyOf(packet, packet.length + 1 + random.nextInt(20));
                    System.arraycopy(packet, at, longer, longer.length - packet.length + at, packet.length - at);
                    packet = longer;
                }
            }
        }
        if (random.nextBoolean() && packet.length < 130) {
            packet[1] = (byte) (packet.length - 2);
        }
        return packet;
    }
}
