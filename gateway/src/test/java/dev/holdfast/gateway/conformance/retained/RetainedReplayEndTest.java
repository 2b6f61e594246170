// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.retained;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client subscribes and unsubscribes in one write. With Redis, the UNSUBSCRIBE was dealt with while the SUBSCRIBE still
 * asked for what is retained elsewhere, and then all retained messages came after UNSUBACK [MQTT-3.10.4-2].
 */
final class RetainedReplayEndTest {
    private static final int RETAINED = 300;

    private static Cluster cluster;
    private static GatewayProcess gateway;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        gateway = cluster.gateway();
        RawClient publisher = cluster.connect(gateway, Connect.connect("p"));
        for (int i = 0; i < RETAINED; i++) {
            publisher.published(publish("many/" + i, "old").qos(1).retained(), 1 + i);
        }
        publisher.published(publish("end", "end").qos(1).retained(), RETAINED + 1);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @CsvSource({"V5,0,false", "V5,1,true", "V3_1_1,1,false", "V3_1_1,2,true"})
    void noRetainedMessageComesAfterUnsuback(Version version, int qos, boolean isKept) {
        Connect connect = isKept ? Connect.kept("k" + version + qos) : Connect.connect("c" + version + qos);
        RawClient client = cluster.open(gateway, version).connected(connect);

        client.send(subscribe(1).to("many/+", qos), unsubscribe(2, "many/+"));
        takeUntil(client, PacketType.UNSUBACK);
        client.send(subscribe(3).to("end", qos));

        assertThat(takeUntil(client, PacketType.PUBLISH))
                .extracting(Packet::topic)
                .containsExactly("end");
        client.expectAlive();
    }

    /** The subscription that is there in the end is served. */
    @ParameterizedTest
    @CsvSource({"V5,false", "V3_1_1,true"})
    void whoSubscribesAgainInTheSameWriteIsGivenThem(Version version, boolean isKept) {
        Connect connect = isKept ? Connect.kept("again-k") : Connect.connect("again-c");
        RawClient client = cluster.open(gateway, version).connected(connect);

        client.send(
                subscribe(1).to("end", 0), unsubscribe(2, "end"), subscribe(3).to("end", 0));

        assertThat(takeUntil(client, PacketType.PUBLISH))
                .extracting(Packet::text)
                .contains("end");
    }

    /** The PUBLISH packets up to the first packet of this type, that one included. */
    private static List<Packet> takeUntil(RawClient client, PacketType last) {
        Stream.Builder<Packet> published = Stream.builder();
        for (Packet packet = client.expectAny(); ; packet = client.expectAny()) {
            if (packet.type() == PacketType.PUBLISH) {
                published.add(packet);
                if (packet.qos() > 0) {
                    PacketType answer = packet.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
                    client.send(Packets.ack(answer, packet.packetId()));
                }
            } else if (packet.type() == PacketType.PUBREL) {
                client.send(Packets.ack(PacketType.PUBCOMP, packet.packetId()));
            }
            if (packet.type() == last) {
                return published.build().toList();
            }
        }
    }
}
