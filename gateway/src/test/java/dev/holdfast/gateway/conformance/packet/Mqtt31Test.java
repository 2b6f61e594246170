// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.packet;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.SUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.subscribe;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What MQTT 3.1 (section 2.1) allows in a fixed header and later versions forbid: DUP on what is sent again, and flags that it
 * does not use. They closed the connection.
 */
@OnGateway
final class Mqtt31Test {
    private static final int DUP = 0x08;

    /** mosquitto's 03-publish-c2b-disconnect-qos2. */
    @ParameterizedTest
    @EnumSource
    void releaseThatIsSentAgainWithDupIsAnswered(ClientTransport transport, Lab lab) {
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("a"), 2);
        RawClient client = lab.open(Version.V3_1, transport).connected(kept(lab.id("a")));
        client.send(publish(lab.topic("a"), "once").exactlyOnce(1));
        client.expectAck(PUBREC, 1);
        client.close();

        RawClient again = lab.open(Version.V3_1, transport).connected(kept(lab.id("a")));
        again.send(publish(lab.topic("a"), "once").exactlyOnce(1).duplicate());
        again.expectAck(PUBREC, 1);
        again.send(Outgoing.hex("6a 02 00 01"));
        again.expectAck(PUBCOMP, 1);

        watcher.expectPublish("once");
        watcher.expectAlive();
    }

    @ParameterizedTest
    @EnumSource
    void subscribeAndUnsubscribeThatAreSentAgainWithDupAreServed(ClientTransport transport, Lab lab) {
        RawClient client = lab.open(Version.V3_1, transport).connected(connect(lab.id("a")));

        client.send(withFlags(DUP | 0x02, subscribe(lab.topic("a"), 1)));
        client.expectAck(SUBACK, 1);
        client.send(publish(lab.topic("a"), "m"));
        client.expectPublish("m");

        client.send(withFlags(DUP | 0x02, unsubscribe(2, lab.topic("a"))));
        client.expect(UNSUBACK);
        client.send(publish(lab.topic("a"), "m"));
        client.expectAlive();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x01, 0x02, 0x04, 0x06, 0x08, 0x0F})
    void flagsOfConnectMeanNothing(int flags, Lab lab) {
        RawClient client = lab.open(Version.V3_1);

        client.send(withFlags(flags, connect(lab.id("a"))));

        client.expect(PacketType.CONNACK);
        client.expectAlive();
    }

    @ParameterizedTest
    @CsvSource({"PINGREQ, c9 00", "PUBREL with RETAIN, 63 02 00 01"})
    void flagsThatAreNotUsedMeanNothing(String name, String bytes, Lab lab) {
        RawClient client = lab.connect(Version.V3_1);

        client.send(Outgoing.hex(bytes));

        client.expectAny();
        client.expectAlive();
    }

    /** A client that says goodbye with a flag is not one that has vanished. */
    @ParameterizedTest
    @EnumSource
    void disconnectWithAFlagIsAGoodbye(ClientTransport transport, Lab lab) {
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 0);
        RawClient client = lab.open(Version.V3_1, transport)
                .connected(connect(lab.id("a")).will(publish(lab.topic("will"), "gone")));

        client.send(Outgoing.hex("e2 00"));

        client.expectClosed();
        watcher.expectAlive();
    }

    @ParameterizedTest
    @CsvSource({
        "PUBREL without QoS 1, 68 02 00 01",
        "SUBSCRIBE without QoS 1, 80 08 00 01 00 03 61 2f 62 00",
        "UNSUBSCRIBE with QoS 2, a4 07 00 01 00 03 61 2f 62"
    })
    void qosOfPubrelSubscribeAndUnsubscribeIsOne(String name, String bytes, Lab lab) {
        RawClient client = lab.connect(Version.V3_1);

        client.trySend(Outgoing.hex(bytes));

        client.expectClosed();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void laterVersionsForbidThem(Version version, Lab lab) { // [MQTT-3.6.1-1] [MQTT-2.1.3-1]
        for (Outgoing packet : new Outgoing[] {
            Outgoing.hex("6a 02 00 01"),
            withFlags(DUP | 0x02, subscribe(lab.topic("a"), 1)),
            withFlags(DUP | 0x02, unsubscribe(1, lab.topic("a")))
        }) {
            RawClient client = lab.connect(version);
            client.trySend(packet);
            client.expectDisconnected(Reason.MALFORMED_PACKET);
        }
        RawClient client = lab.open(version);
        client.trySend(withFlags(0x02, connect(lab.id("a"))));
        client.expectRefusedOrClosed(Reason.MALFORMED_PACKET);
    }

    private static Outgoing withFlags(int flags, Outgoing packet) {
        return version -> {
            byte[] bytes = packet.encode(version);
            bytes[0] = (byte) ((bytes[0] & 0xF0) | flags);
            return bytes;
        };
    }
}
