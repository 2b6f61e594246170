// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client is given that says by the high bit of its protocol level that it is the bridge of another server. */
@OnGateway
final class BridgeTest {
    private static final int BRIDGE = 0x80;

    @ParameterizedTest
    @EnumSource(names = {"V3_1", "V3_1_1"})
    void bridgeGetsRetainAsPublishedAndNothingOfItsOwn(Version version, Lab lab) {
        RawClient bridge =
                bridge(lab, version, Connect.connect(lab.id("bridge"))).subscribed(lab.topic("#"), 1);
        RawClient other = lab.connect(Version.V3_1_1).subscribed(lab.topic("#"), 1);

        bridge.published(publish(lab.topic("own"), "own").qos(1).retained(), 1);
        other.published(publish(lab.topic("a"), "retained").qos(1).retained(), 1);
        other.published(publish(lab.topic("a"), "plain").qos(1), 1);

        Packet retained = bridge.take();
        assertThat(retained.text()).isEqualTo("retained");
        assertThat(retained.isRetain()).isTrue();
        Packet plain = bridge.take();
        assertThat(plain.text()).isEqualTo("plain");
        assertThat(plain.isRetain()).isFalse();
        assertThat(other.take().text()).isEqualTo("own");
        Packet toAClient = other.take();
        assertThat(toAClient.text()).isEqualTo("retained");
        assertThat(toAClient.isRetain())
                .as("what another client gets [MQTT-3.3.1-9]")
                .isFalse();
    }

    @Test
    void bridgeIsOneInTheSessionThatItResumesToo(Lab lab) {
        Connect connect = Connect.kept(lab.id("bridge"));
        bridge(lab, Version.V3_1_1, connect).subscribed(lab.topic("#"), 1).vanish();
        lab.connect(Version.V5)
                .published(publish(lab.topic("a"), "while away").qos(1).retained(), 1);

        RawClient bridge = bridge(lab, Version.V3_1_1, connect);

        Packet queued = bridge.take();
        assertThat(queued.text()).isEqualTo("while away");
        assertThat(queued.isRetain()).isTrue();
        bridge.published(publish(lab.topic("own"), "own").qos(1), 1).expectAlive();
    }

    @Test
    void stateOfABridgeIsTakenUnderDevAndReadByAll(Lab lab) {
        String topic = "$SYS/broker/connection/" + lab.id("edge") + "/state";
        RawClient watcher = lab.connect(Version.V5).subscribed(topic, 1);
        RawClient bridge = bridge(
                lab,
                Version.V3_1_1,
                Connect.connect(lab.id("bridge"))
                        .will(publish(topic, "0").qos(1).retained()));

        bridge.published(publish(topic, "1").qos(1).retained(), 1);
        assertThat(watcher.take().text()).isEqualTo("1");
        bridge.vanish();

        assertThat(watcher.take().text()).isEqualTo("0");
        lab.connect(Version.V5).published(publish(topic, "").qos(1).retained(), 1);
    }

    private static RawClient bridge(Lab lab, Version version, Connect connect) {
        RawClient bridge = lab.open(version);
        bridge.sendBytes(connect.encode(version, version.protocolName, version.level | BRIDGE));
        assertThat(bridge.expect(PacketType.CONNACK).reason()).isZero();
        return bridge;
    }
}
