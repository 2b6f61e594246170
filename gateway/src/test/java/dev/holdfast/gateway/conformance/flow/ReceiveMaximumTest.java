// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.flow;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.conformance.clients.MqttJsTest;
import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.InProcessGateway;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.store.redis.RedisProcess;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that send more at once than the server's Receive Maximum, as MQTT.js does, which takes no notice of it. With
 * Redis, where an acknowledgement takes a moment, each burst of more than 32 ended in DISCONNECT 0x93 and was sent again.
 */
final class ReceiveMaximumTest {
    private static Cluster cluster;
    private static GatewayProcess gateway;

    @BeforeAll
    static void start() {
        cluster = Cluster.on(RedisProcess.start());
        gateway = cluster.gateway();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** The second burst is more than the Receive Maximum. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void mqttJsHandsOverMuchAtOnceAndStaysConnected(int qos) throws Exception {
        MqttJsTest.install();
        String topic = "many/" + qos;
        int[] counts = qos == 1 ? new int[] {300, 1_500} : new int[] {300};
        RawClient live = cluster.connect(gateway, Connect.connect("live" + qos)).subscribed(topic, 0);
        for (int i = 0; i < 25; i++) {
            cluster.connect(gateway, kept("kept" + qos + "-" + i))
                    .subscribed(topic, 1)
                    .disconnect();
        }

        MqttJsTest.run(
                90,
                "node",
                "mqttjs-many.js",
                "ws://127.0.0.1:" + gateway.wsPort() + "/mqtt",
                "js" + qos,
                topic,
                String.valueOf(qos),
                String.valueOf(counts[0]),
                counts.length > 1 ? String.valueOf(counts[1]) : "1");

        for (int count : counts) {
            assertThat(live.expectPublishes(count))
                    .containsExactly(
                            IntStream.range(0, count).mapToObj(String::valueOf).toArray(String[]::new));
        }
        assertThat(gateway.metric("mqtt_gateway_disconnects_total{by=\"server\",reason=\"receive_maximum_exceeded\"}"))
                .isZero();
    }

    @Test
    void whoIsOwedManyAcknowledgementsIsReadSlower() { // section 4.9
        cluster.connect(gateway, kept("late")).subscribed("slow", 1).disconnect();
        RawClient client = cluster.connect(gateway, Connect.connect("hasty"));
        int maximum = (int) client.connack().properties().number(Prop.RECEIVE_MAXIMUM, 65_535);
        int count = maximum + 500;
        cluster.redis().pause();
        try {
            ByteWriter burst = new ByteWriter();
            for (int i = 1; i <= count; i++) {
                burst.raw(publish("slow", String.valueOf(i)).atLeastOnce(i).encode(Version.V5));
            }
            client.sendBytes(burst.toBytes());
        } finally {
            cluster.redis().resume();
        }

        for (int i = 1; i <= count; i++) {
            client.expectAck(PUBACK, i);
        }
    }

    /** Their number is bounded for each client; their bytes are by what all may keep that is not finished. */
    @Test
    void whoKeepsMostInUnreleasedMessagesGivesWay() {
        try (InProcessGateway small = InProcessGateway.start(List.of("limits.memory-budget=1MiB"));
                Lab lab = new Lab(small)) {
            RawClient modest = lab.connect(Version.V5);
            modest.send(publish(lab.topic("a"), new byte[10_000]).exactlyOnce(1));
            modest.expectAck(PUBREC, 1);
            for (Version version : new Version[] {Version.V3_1_1, Version.V5}) {
                RawClient hoarder = lab.connect(version);
                hoarder.send(publish(lab.topic("a"), new byte[65_000]).exactlyOnce(1));
                hoarder.expectAck(PUBREC, 1);
                hoarder.send(ack(PUBREL, 1));
                hoarder.expectAck(PUBCOMP, 1);
                hoarder.send(publish(lab.topic("a"), new byte[65_000]).exactlyOnce(2));
                hoarder.expectAck(PUBREC, 2);

                hoarder.send(publish(lab.topic("a"), new byte[65_000]).exactlyOnce(3));

                hoarder.expectAck(PUBREC, 3);
                hoarder.expectDisconnected(Reason.QUOTA_EXCEEDED);
            }

            modest.send(ack(PUBREL, 1));
            modest.expectAck(PUBCOMP, 1);
        }
    }
}
