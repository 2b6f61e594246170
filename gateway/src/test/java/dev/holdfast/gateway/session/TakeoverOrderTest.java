// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Packets.disconnect;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One client identifier, two connections, here on different I/O threads: what is over before the second one's CONNACK. */
@Tag("unit")
final class TakeoverOrderTest {
    private final UnitGateway gateway = UnitGateway.withThreads(2);

    private static Connect connecting(boolean isKept) {
        return isKept ? kept("c") : connect("c");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void displacedConnectionIsToldAndTheNewOneAccepted(boolean isKept) { // [MQTT-3.1.4-3]
        RawClient first = gateway.connect(Version.V5, connecting(isKept));

        RawClient second = gateway.connect(Version.V5, connecting(isKept));

        first.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        assertThat(second.connack().isSessionPresent()).isEqualTo(isKept);
        second.expectAlive();
        assertThat(gateway.counted("mqtt.gateway.takeovers")).isEqualTo(1);
    }

    /** The will of the displaced connection is in every queue before the new one hears anything. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void willOfTheDisplacedConnectionIsStoredBeforeTheConnack(boolean isKept) { // [MQTT-3.1.3-9]
        gateway.connect(Version.V5, kept("heir")).subscribed("will", 1).disconnect();
        gateway.connect(
                Version.V5, connecting(isKept).will(publish("will", "gone").qos(1)));
        gateway.store().hold("enqueue");
        RawClient second = gateway.open(Version.V5);

        second.send(connecting(isKept));
        assertThat(channel(second).hasOutput()).isFalse();
        assertThat(gateway.store().waiting()).isEqualTo(1);

        gateway.store().answer(0);
        assertThat(second.expect(CONNACK).reason()).isZero();
        gateway.connect(Version.V5, kept("heir")).expectPublish("gone");
    }

    @Test
    void whatTheDisplacedConnectionHadSentIsDealtWithBeforeTheConnack() {
        RawClient watcher = gateway.connect("watcher").subscribed("t", 0);
        RawClient first = gateway.connect(Version.V5, connecting(false).will(publish("t", "will")));
        RawClient second = gateway.open(Version.V5);

        first.send(publish("t", "last"), disconnect());
        second.send(connecting(false));

        assertThat(second.expect(CONNACK).reason()).isZero();
        watcher.expectPublish("last");
        watcher.expectAlive();
        first.expectClosed();
    }

    @Test
    void theNewConnectionIsSentWhatTheDisplacedOneHadNotAcknowledged() { // [MQTT-4.4.0-1]
        RawClient first = gateway.connect(Version.V5, kept("c")).subscribed("t", 1);
        gateway.connect("p").published(publish("t", "m").qos(1), 1);
        Packet unacknowledged = first.expect(PUBLISH);

        RawClient second = gateway.connect(Version.V5, kept("c"));

        Packet again = second.expectPublish("m");
        assertThat(again.isDup()).isTrue();
        assertThat(again.packetId()).isEqualTo(unacknowledged.packetId());
        second.send(ack(PUBACK, again.packetId()));
        channel(second).vanish();
        gateway.connect(Version.V5, kept("c")).expectAlive();
    }

    /** The attach of the first CONNECT is answered after that of a later one: the later one has the session. */
    @Test
    void attachThatIsAnsweredLateLosesToALaterOne() {
        gateway.store().hold("attach");
        RawClient late = gateway.open(Version.V5);
        RawClient quick = gateway.open(Version.V5);
        late.send(connecting(false));
        gateway.settle();
        quick.send(connecting(false));
        gateway.settle();

        gateway.store().answer(1);
        assertThat(quick.expect(CONNACK).reason()).isZero();
        gateway.store().answer(0);

        late.expectClosed();
        quick.expectAlive();
        assertThat(gateway.sessions().online()).isEqualTo(1);
    }

    @Test
    void clientThatHasGoneBeforeItsConnackLeavesNothingBehind() {
        gateway.store().hold("attach");
        RawClient impatient = gateway.open(Version.V5);
        impatient.send(connecting(false));
        gateway.settle();
        channel(impatient).vanish();

        gateway.store().release();
        gateway.settle();

        assertThat(gateway.sessions().remembered()).isZero();
        assertThat(gateway.connect(Version.V5, connecting(false)).connack().isSessionPresent())
                .isFalse();
    }
}
