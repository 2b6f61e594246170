// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.subscribe;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Cluster;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.GatewayProcess;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SUBSCRIBE, UNSUBSCRIBE and PUBLISH of one client mean what their order says, though the changes are stored in Redis, which is
 * far away: what stands behind an UNSUBSCRIBE reached its own client, sometimes after UNSUBACK.
 */
final class BehindUnsubscribeTest {
    private static final Duration FAR = Duration.ofMillis(60);

    private static Cluster cluster;
    private static FaultProxy wayToRedis;
    private static GatewayProcess gateway;
    private static GatewayProcess other;

    @BeforeAll
    static void start() {
        cluster = Cluster.start();
        wayToRedis = FaultProxy.to(cluster.redis()::port);
        gateway = cluster.gateway("store.redis.url=redis://127.0.0.1:" + wayToRedis.port());
        other = cluster.gateway();
        wayToRedis.delay(FaultProxy.Direction.TO_SERVER, FAR);
    }

    @AfterAll
    static void stop() {
        cluster.close();
        wayToRedis.close();
    }

    private static RawClient client(boolean isKept, Version version, String name) {
        return cluster.open(gateway, version).connected(isKept ? kept(name) : connect(name));
    }

    /** What comes until one of each of these has come. */
    private static List<Packet> until(RawClient client, PacketType... last) {
        List<Packet> come = new ArrayList<>();
        while (!come.stream().map(Packet::type).toList().containsAll(List.of(last))) {
            come.add(client.expectAny());
        }
        return come;
    }

    private static List<String> payloads(List<Packet> packets) {
        return packets.stream()
                .filter(packet -> packet.type() == PUBLISH)
                .map(Packet::text)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"true, V3_1_1, f", "true, V5, f", "false, V5, f", "true, V5, $share/g/f", "false, V3_1_1, $share/h/f"})
    void whatIsPublishedBehindAnUnsubscribeDoesNotCome(boolean isKept, Version version, String filter) {
        RawClient client = client(isKept, version, "behind").subscribed(filter, 1);

        client.send(
                unsubscribe(2, filter),
                publish("f", "at least once").atLeastOnce(3),
                publish("f", "at most once"),
                Packets.PINGREQ);

        List<Packet> come = until(client, PUBACK, PacketType.PINGRESP, UNSUBACK);
        assertThat(payloads(come)).isEmpty();
        if (version.isV5()) {
            assertThat(come.stream().filter(packet -> packet.type() == PUBACK).map(Packet::reason))
                    .containsExactly(Reason.NO_MATCHING_SUBSCRIBERS);
        }
        client.expectAlive();
        client.disconnect();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void subscribeUnsubscribeAndPublishInOneWriteBringNothing(boolean isKept) {
        RawClient client = client(isKept, Version.V5, "one-write");

        client.send(
                subscribe(1).to("w", 1),
                unsubscribe(2, "w"),
                publish("w", "nobody's").atLeastOnce(3));

        List<Packet> come = until(client, SUBACK, UNSUBACK, PUBACK);
        assertThat(payloads(come)).isEmpty();
        assertThat(come.stream().filter(packet -> packet.type() == PUBACK).map(Packet::reason))
                .containsExactly(Reason.NO_MATCHING_SUBSCRIBERS);
        client.expectAlive();
        client.disconnect();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachPublicationMeetsTheSubscriptionsBeforeIt(boolean isKept) {
        RawClient client = client(isKept, Version.V5, "between");

        client.send(
                publish("b", "too early"),
                subscribe(1).to("b", 1),
                publish("b", "between").atLeastOnce(2),
                unsubscribe(3, "b"),
                publish("b", "too late").atLeastOnce(4),
                subscribe(5).to("b", 0),
                publish("b", "again").atLeastOnce(6));

        List<Packet> come = new ArrayList<>();
        while (come.stream()
                        .filter(packet -> packet.type() == PUBLISH || packet.type() == PUBACK)
                        .count()
                < 5) {
            come.add(client.expectAny());
        }
        assertThat(payloads(come)).containsExactly("between", "again");
        assertThat(come.stream().filter(packet -> packet.type() == PUBACK).map(Packet::reason))
                .containsExactly(0, Reason.NO_MATCHING_SUBSCRIBERS, 0);
    }

    /** What distributes a message of QoS 2 is its PUBREL. */
    @Test
    void releaseBehindAnUnsubscribeBringsNothing() { // [MQTT-3.10.4-2]
        RawClient client = client(true, Version.V5, "released").subscribed("r", 2);
        client.send(publish("r", "nobody's").exactlyOnce(1));
        client.expectAck(PUBREC, 1);

        client.send(unsubscribe(2, "r"), ack(PacketType.PUBREL, 1));

        assertThat(payloads(until(client, UNSUBACK, PUBCOMP))).isEmpty();
        client.expectAlive();
    }

    /** At the other gateway the subscription is gone when UNSUBACK has come. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterUnsubackNothingComesFromAnotherGatewayEither(boolean isKept) { // [MQTT-3.10.4-2]
        RawClient client = client(isKept, Version.V5, "elsewhere").subscribed("e", 1);
        RawClient publisher = cluster.connect(other, connect("publisher"));
        publisher.published(publish("e", "before").qos(1), 1);
        client.expectPublish("before");

        client.send(unsubscribe(2, "e"));
        client.expect(UNSUBACK);

        publisher.published(publish("e", "after").qos(1), 2);
        client.send(subscribe(3).to("end", 0));
        client.expect(SUBACK);
        publisher.published(publish("end", "end").qos(1), 3);
        client.expectPublish("end");
        client.disconnect();
    }
}
