// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Deployment;
import dev.holdfast.gateway.harness.TestGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.TcpChannel;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A client ends between PUBREC and PUBREL and comes back with the packet identifier in use. Clients that keep their
 * exchanges repeat the PUBLISH, MQTT.js 5.16 and Paho's for JavaScript with DUP = 0; mosquitto_pub 2.0.11 and mqtts 1.5.0
 * keep nothing and have another message under it.
 */
final class QosTwoIdentifierReusedTest {
    private static final Map<Deployment, Deployment.Gateways> GATEWAYS = new EnumMap<>(Deployment.class);
    private static int tests;

    private final Deque<RawClient> opened = new ArrayDeque<>();

    @BeforeAll
    static void start() {
        GATEWAYS.put(Deployment.MEMORY, Deployment.MEMORY.start());
        Deployment.Gateways two = Deployment.TWO_GATEWAYS.start();
        GATEWAYS.put(Deployment.TWO_GATEWAYS, two);
        GATEWAYS.put(Deployment.REDIS, new Deployment.Gateways(two.here(), two.here(), () -> {}));
    }

    @AfterAll
    static void stop() throws Exception {
        for (Deployment.Gateways each : GATEWAYS.values()) {
            each.close();
        }
    }

    @AfterEach
    void close() {
        opened.forEach(RawClient::close);
    }

    static Stream<Arguments> everywhere() {
        return Arrays.stream(Deployment.values())
                .flatMap(store -> Stream.of(Version.V3_1_1, Version.V5).map(version -> Arguments.of(store, version)));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void anotherPayloadOnANewConnectionIsANewMessageAndTheOldOneIsDropped(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("t", "OLD"));
        RawClient publisher = scene.publisher();
        double dropped = scene.dropped();

        publisher.published(publish(scene.topic(), "NEW").qos(2), 1);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);

        scene.assertDelivered("NEW", "next");
        assertThat(scene.dropped()).isEqualTo(dropped + 1);
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void anotherTopicOnANewConnectionIsANewMessage(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("elsewhere", "same"));
        RawClient publisher = scene.publisher();

        publisher.published(publish(scene.topic(), "same").qos(2), 1);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);

        scene.assertDelivered("same", "next");
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void theSameTopicAndPayloadAreARepeatThoughDupIsNotSet(Deployment store, Version inVersion) { // [MQTT-4.3.3-10]
        Scene scene = comesBackOwing(store, inVersion, publish("t", "once"));
        RawClient publisher = scene.publisher();
        double dropped = scene.dropped();

        publisher.send(publish(scene.topic(), "once").exactlyOnce(1)).expectAck(PUBREC, 1);
        publisher
                .send(publish(scene.topic(), "once").exactlyOnce(1).duplicate())
                .expectAck(PUBREC, 1);
        publisher.send(ack(PUBREL, 1)).expectAck(PUBCOMP, 1);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);

        scene.assertDelivered("once", "next");
        assertThat(scene.dropped()).isEqualTo(dropped);
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void aReleaseWithoutARepeatDeliversWhatIsHeld(Deployment store, Version inVersion) { // [MQTT-4.4.0-1]
        Scene scene = comesBackOwing(store, inVersion, publish("t", "held"));
        RawClient publisher = scene.publisher();

        publisher.send(ack(PUBREL, 1)).expectAck(PUBCOMP, 1);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);

        scene.assertDelivered("held", "next");
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void aNewMessageWhoseReleaseIsSentAtOnceIsTheOneThatIsReleased(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("t", "OLD"));
        RawClient publisher = scene.publisher();

        publisher.send(publish(scene.topic(), "NEW").exactlyOnce(1), ack(PUBREL, 1));

        publisher.expectAck(PUBREC, 1);
        publisher.expectAck(PUBCOMP, 1);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);
        scene.assertDelivered("NEW", "next");
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void aNewMessageThatIsRefusedDoesNotBringTheOldOneBack(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("t", "OLD"));
        RawClient publisher = scene.publisher();

        publisher.send(publish("$SYS/no", "NEW").exactlyOnce(1));

        assertThat(publisher.expect(PUBREC).reason()).isEqualTo(inVersion.isV5() ? Reason.NOT_AUTHORIZED : 0);
        publisher.send(ack(PUBREL, 1));
        assertThat(publisher.expect(PUBCOMP).reason())
                .isEqualTo(inVersion.isV5() ? Reason.PACKET_IDENTIFIER_NOT_FOUND : 0);
        publisher.published(publish(scene.topic(), "next").qos(2), 1);
        scene.assertDelivered("next");
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void aTokenUnderTheIdentifierDoesNotReleaseTheOldMessage(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("t", "OLD"));
        RawClient publisher = scene.publisher();

        publisher.send(publish("$auth/refresh", "no token").exactlyOnce(1));
        publisher.expect(PUBREC);
        publisher.send(ack(PUBREL, 1));
        publisher.expect(PUBCOMP);

        publisher.published(publish(scene.topic(), "next").qos(2), 1);
        scene.assertDelivered("next");
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void theNewMessageSurvivesAnotherReconnect(Deployment store, Version inVersion) {
        Scene scene = comesBackOwing(store, inVersion, publish("t", "OLD"));
        RawClient publisher = scene.publisher();
        publisher.send(publish(scene.topic(), "NEW").exactlyOnce(1)).expectAck(PUBREC, 1);
        publisher.vanish();

        RawClient again = open(gateways(store).here(), inVersion).connected(Connect.kept(scene.publisherId()));
        again.send(publish(scene.topic(), "NEW").exactlyOnce(1).duplicate()).expectAck(PUBREC, 1);
        again.send(ack(PUBREL, 1)).expectAck(PUBCOMP, 1);
        again.published(publish(scene.topic(), "next").qos(2), 1);

        scene.assertDelivered("NEW", "next");
    }

    /** A publisher that had PUBREC for a message under identifier 1 and is connected anew, and who listens to it. */
    private record Scene(
            String topic,
            String publisherId,
            RawClient publisher,
            RawClient subscriber,
            TestGateway publishersGateway) {
        void assertDelivered(String... payloads) {
            List<String> taken = Stream.generate(() -> subscriber.take().text())
                    .limit(payloads.length)
                    .toList();
            assertThat(taken).containsExactly(payloads);
            subscriber.expectAlive();
        }

        double dropped() {
            return publishersGateway.metric("mqtt_gateway_messages_dropped_total{cause=\"identifier_reused\"}");
        }
    }

    private Scene comesBackOwing(Deployment store, Version version, Publish owed) {
        Deployment.Gateways gateways = gateways(store);
        String name = "reused" + ++tests;
        RawClient subscriber = open(gateways.here(), version)
                .connected(Connect.connect("reader-" + name))
                .subscribed(name + "/#", 2);
        RawClient first = open(gateways.here(), version).connected(Connect.kept(name));
        first.send(publish(name + "/" + owed.topic(), owed.payload()).exactlyOnce(1));
        first.expectAck(PUBREC, 1);
        first.vanish();
        RawClient second = open(gateways.there(), version).connected(Connect.kept(name));
        assertThat(second.connack().isSessionPresent()).isTrue();
        return new Scene(name + "/t", name, second, subscriber, gateways.there());
    }

    private static Deployment.Gateways gateways(Deployment store) {
        return Objects.requireNonNull(GATEWAYS.get(store));
    }

    private RawClient open(TestGateway at, Version version) {
        RawClient client = new RawClient(TcpChannel.open(at.tcpPort()), version);
        opened.add(client);
        return client;
    }
}
