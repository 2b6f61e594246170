// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.connect;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.CONNACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.DISCONNECT;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Dialect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Packets;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One client identifier, two connections (MQTT 3.1.1 and 5.0 section 3.1.4). */
@OnGateway
final class TakeoverTest {
    @ParameterizedTest
    @EnumSource
    void newConnectionTakesOverAndTheOldOneIsToldWhy(Dialect dialect, Lab lab) { // [MQTT-3.1.4-2] [MQTT-3.1.4-3]
        RawClient old = lab.connect(dialect, kept(lab.id("a")));
        for (int i = 0; i < 6; i++) {
            RawClient young = lab.connect(dialect, kept(lab.id("a")));

            old.expectDisconnected(Reason.SESSION_TAKEN_OVER);

            assertThat(young.connack().isSessionPresent()).isEqualTo(dialect.version != Version.V3_1);
            young.expectAlive();
            old = young;
        }
    }

    @ParameterizedTest
    @EnumSource
    void sessionMovesWithoutLosingOrRepeating(Version version, Lab lab) {
        RawClient old = lab.connect(version, kept(lab.id("a"))).subscribed(lab.topic("a"), 1);
        RawClient publisher = lab.connect(version);
        publisher.published(publish(lab.topic("a"), "acked").qos(1), 1);
        assertThat(old.take().text()).isEqualTo("acked");
        old.expectAlive();
        publisher.published(publish(lab.topic("a"), "open").qos(1), 2);
        int id = old.expectPublish("open").packetId();

        RawClient young = lab.connect(version, kept(lab.id("a")));
        publisher.published(publish(lab.topic("a"), "new").qos(1), 3);

        Packet again = young.expectPublish("open");
        assertThat(again.packetId()).isEqualTo(id);
        assertThat(again.isDup()).isTrue();
        young.expectPublish("new");
    }

    @ParameterizedTest
    @EnumSource
    void takeoverCrossesTransports(Version version, Lab lab) {
        RawClient tcp = lab.open(version, ClientTransport.TCP).connected(kept(lab.id("a")));
        RawClient ws = lab.open(version, ClientTransport.WEBSOCKET).connected(kept(lab.id("a")));
        tcp.expectDisconnected(Reason.SESSION_TAKEN_OVER);

        RawClient again = lab.open(version, ClientTransport.TCP).connected(kept(lab.id("a")));

        ws.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        again.expectAlive();
    }

    @Test
    void mqtt5ClientIsTakenOverByAnOlderOneAndBack(Lab lab) {
        RawClient five = lab.connect(Version.V5, kept(lab.id("a")));
        RawClient three = lab.connect(Version.V3_1_1, kept(lab.id("a")));
        five.expectDisconnected(Reason.SESSION_TAKEN_OVER);

        RawClient again = lab.connect(Version.V5, kept(lab.id("a")));

        three.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        again.expectAlive();
    }

    @Test
    void cleanStartTakesOverAndBeginsAnew(Lab lab) { // [MQTT-3.1.4-3] [MQTT-3.1.4-4]
        RawClient old = lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1);

        RawClient young = lab.connect(Version.V5, connect(lab.id("a")));

        old.expectDisconnected(Reason.SESSION_TAKEN_OVER);
        assertThat(young.connack().isSessionPresent()).isFalse();
        lab.connect(Version.V5).published(publish(lab.topic("a"), "m").qos(1), 1);
        young.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void manyAtOnceLeaveExactlyOne(Version version, Lab lab) { // NanoMQ #2246, VerneMQ #571
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            ClientTransport transport = i % 4 == 3 ? ClientTransport.WEBSOCKET : ClientTransport.TCP;
            clients.add(lab.open(version, transport));
        }

        for (RawClient client : clients) {
            client.send(kept(lab.id("a")));
        }

        int living = 0;
        for (RawClient client : clients) {
            Packet packet = client.next();
            if (packet != null && packet.type() == CONNACK) {
                assertThat(packet.reason()).isZero();
                client.trySend(Packets.PINGREQ);
                packet = client.next();
            }
            if (packet != null && packet.type() == PINGRESP) {
                // It may have been the one in charge a moment ago: ask again when all have spoken.
                living++;
            }
        }
        int survivors = 0;
        for (RawClient client : clients) {
            if (client.trySend(Packets.PINGREQ)) {
                Packet packet = client.next();
                while (packet != null && packet.type() == DISCONNECT) {
                    packet = client.next();
                }
                survivors += packet != null && packet.type() == PINGRESP ? 1 : 0;
            }
        }
        assertThat(survivors).isEqualTo(1);
        assertThat(living).isPositive();
        RawClient last = lab.connect(version, kept(lab.id("a")));
        assertThat(last.connack().isSessionPresent()).isEqualTo(version != Version.V3_1);
    }

    @ParameterizedTest
    @EnumSource
    void sameIdentifierAgainAndAgainKeepsWorking(ClientTransport transport, Lab lab) {
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 40; i++) {
            RawClient client = lab.open(Version.V5, transport).connected(kept(lab.id("a")));
            if (i == 0) {
                client.subscribed(lab.topic("a"), 1);
            }
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1);
            assertThat(client.take().text()).isEqualTo("m" + i);
            if (i % 2 == 0) {
                client.expectAlive();
                client.close();
            } else {
                client.disconnect();
            }
        }
    }
}
