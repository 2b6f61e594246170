// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.flow;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.PacketType.UNSUBACK;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.harness.mqtt.Subscribe.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.OnGateway;
import dev.holdfast.gateway.harness.mqtt.ByteWriter;
import dev.holdfast.gateway.harness.mqtt.ClientTransport;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Receive Maximum and Maximum Packet Size, both ways (MQTT 5.0 sections 3.1.2.11, 3.2.2.3, 4.9). */
@OnGateway
final class FlowControlTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void noMoreThanReceiveMaximumAreUnderWay(int maximum, Lab lab) { // [MQTT-3.3.4-9] [MQTT-4.9.0-1]
        RawClient publisher = lab.connect(Version.V5);
        RawClient subscriber = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, maximum));
        subscriber.subscribed(lab.topic("+"), 2);
        for (int i = 0; i < 10; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1 + i % 2), 1 + i);
        }

        Deque<Packet> open = new ArrayDeque<>();
        for (int i = 0; i < maximum; i++) {
            open.add(subscriber.expectPublish("m" + i));
        }
        publisher.send(publish(lab.topic("zero"), "passes"));
        subscriber.expectPublish("passes");
        for (int i = maximum; i < 10; i++) {
            subscriber.expectAlive();
            finish(subscriber, open.remove());
            open.add(subscriber.expectPublish("m" + i));
        }
    }

    private static void finish(RawClient subscriber, Packet packet) {
        if (packet.qos() == 1) {
            subscriber.send(ack(PUBACK, packet.packetId()));
        } else {
            subscriber.send(ack(PUBREC, packet.packetId()));
            subscriber.expectAck(PUBREL, packet.packetId());
            subscriber.expectAlive();
            subscriber.send(ack(PUBCOMP, packet.packetId()));
        }
    }

    @Test
    void receiveMaximumOfTheNewConnectionHoldsForWhatIsSentAgain(Lab lab) { // [MQTT-3.3.4-9] [MQTT-4.4.0-1]
        RawClient before = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 8));
        before.subscribed(lab.topic("a"), 1);
        RawClient publisher = lab.connect(Version.V5);
        for (int i = 0; i < 8; i++) {
            publisher.published(publish(lab.topic("a"), "m" + i).qos(1), 1);
            before.expectPublish("m" + i);
        }
        before.vanish();

        RawClient after = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 2));

        Deque<Packet> open = new ArrayDeque<>();
        open.add(after.expectPublish("m0"));
        open.add(after.expectPublish("m1"));
        for (int i = 2; i < 8; i++) {
            after.expectAlive();
            after.send(ack(PUBACK, open.remove().packetId()));
            open.add(after.expectPublish("m" + i));
        }
        assertThat(open).allMatch(Packet::isDup);
    }

    @Test
    void receiveMaximumZeroIsAProtocolError(Lab lab) { // section 3.1.2.11.3
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).with(Prop.RECEIVE_MAXIMUM, 0));

        client.expectRefusedOrClosed(Reason.PROTOCOL_ERROR, Reason.MALFORMED_PACKET);
    }

    @ParameterizedTest
    @EnumSource
    void clientThatExceedsTheServersReceiveMaximumIsDisconnected(ClientTransport transport, Lab lab) { // [MQTT-3.3.4-7]
        RawClient client = lab.open(Version.V5, transport).connected(lab.anonymous());
        int maximum = (int) client.connack().properties().number(Prop.RECEIVE_MAXIMUM, 65_535);
        assertThat(maximum).isEqualTo(1_024);

        ByteWriter burst = new ByteWriter();
        for (int i = 1; i <= maximum; i++) {
            burst.raw(publish(lab.topic("a"), "m").exactlyOnce(i).encode(Version.V5));
        }
        client.sendBytes(burst.toBytes());
        for (int i = 1; i <= maximum; i++) {
            client.expectAck(PUBREC, i);
        }
        client.send(publish(lab.topic("a"), "m").exactlyOnce(maximum + 1));

        client.expectDisconnected(Reason.RECEIVE_MAXIMUM_EXCEEDED);
    }

    @Test
    void messageTooBigForAClientIsDroppedForItAlone(Lab lab) { // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
        RawClient publisher = lab.connect(Version.V5);
        RawClient small = lab.connect(
                Version.V5, lab.anonymous().with(Prop.MAXIMUM_PACKET_SIZE, 100).with(Prop.RECEIVE_MAXIMUM, 2));
        small.subscribed(lab.topic("a"), 2);
        RawClient big = lab.connect(Version.V5).subscribed(lab.topic("a"), 2);

        for (int i = 0; i < 6; i++) {
            publisher.published(publish(lab.topic("a"), "x".repeat(200)).qos(i % 3), 1 + i);
        }
        publisher.published(publish(lab.topic("a"), "fits").qos(1), 9);

        assertThat(small.take().text()).isEqualTo("fits");
        small.expectAlive();
        for (int i = 0; i < 6; i++) {
            assertThat(big.take().payload()).hasSize(200);
        }
    }

    @Test
    void messageOfExactlyTheMaximumPacketSizeIsDelivered(Lab lab) { // [MQTT-3.1.2-24]
        RawClient publisher = lab.connect(Version.V5);
        RawClient small = lab.connect(Version.V5, lab.anonymous().with(Prop.MAXIMUM_PACKET_SIZE, 100));
        small.subscribed(lab.topic("a"), 1);
        int payload = 100 - 2 - 2 - lab.topic("a").length() - 2 - 1;

        publisher.published(publish(lab.topic("a"), "y".repeat(payload + 1)).qos(1), 1);
        publisher.published(publish(lab.topic("a"), "x".repeat(payload)).qos(1), 2);

        Packet received = small.take();
        assertThat(received.size()).isEqualTo(100);
        assertThat(received.text()).startsWith("x");
    }

    @Test
    void tooBigQueuedMessageDoesNotBlockTheQueue(Lab lab) {
        lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1).disconnect();
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(lab.topic("a"), "x".repeat(200)).qos(1), 1);
        publisher.published(publish(lab.topic("a"), "fits").qos(1), 2);

        RawClient back = lab.connect(Version.V5, kept(lab.id("a")).with(Prop.MAXIMUM_PACKET_SIZE, 100));

        assertThat(back.take().text()).isEqualTo("fits");
        back.expectAlive();
    }

    @Test
    void maximumPacketSizeZeroIsAProtocolError(Lab lab) { // section 3.1.2.11.4
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).with(Prop.MAXIMUM_PACKET_SIZE, 0));

        client.expectRefusedOrClosed(Reason.PROTOCOL_ERROR, Reason.MALFORMED_PACKET);
    }

    @Test
    void maximumPacketSizeTooSmallForConnackIsNeverExceeded(Lab lab) { // smaller than CONNACK
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a")).with(Prop.MAXIMUM_PACKET_SIZE, 4));

        Packet answer = client.next();
        assertThat(answer == null || answer.size() <= 4).isTrue();
    }

    /** It was let in, and then sent DISCONNECT, without a CONNACK before it and with its will. */
    @Test
    void clientThatTakesNoSuccessfulConnackIsRefusedWithASmallerOne(Lab lab) { // [MQTT-3.14.0-1]
        RawClient watcher = lab.connect(Version.V5).subscribed(lab.topic("will"), 0);
        RawClient client = lab.open(Version.V5);

        client.send(connect(lab.id("a"))
                .will(publish(lab.topic("will"), "published"))
                .with(Prop.MAXIMUM_PACKET_SIZE, 10));

        client.expectRefused(0, Reason.PACKET_TOO_LARGE);
        watcher.expectAlive();
    }

    /** It had displaced, and at a clean start erased, the session before it was refused. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectThatIsRefusedForItsMaximumPacketSizeTouchesNoSession(boolean cleanStart, Lab lab) {
        RawClient holder = lab.connect(Version.V5, kept(lab.id("a"))).subscribed(lab.topic("a"), 1);
        RawClient client = lab.open(Version.V5);

        client.send(kept(lab.id("a")).cleanStart(cleanStart).with(Prop.MAXIMUM_PACKET_SIZE, 10));

        client.expectRefused(0, Reason.PACKET_TOO_LARGE);
        holder.expectAlive();
        holder.close();
        lab.connect(Version.V5).published(publish(lab.topic("a"), "kept").qos(1), 1);
        RawClient again = lab.connect(Version.V5, kept(lab.id("a")));
        assertThat(again.connack().isSessionPresent()).isTrue();
        again.expectPublish("kept");
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void packetOfExactlyTheServersMaximumIsTakenAndOneMoreByteIsNot(Version version, Lab lab) { // GHSA-jqf3-r9ww-c5x8
        RawClient subscriber = lab.connect(version).subscribed(lab.topic("a"), 0);
        RawClient client = lab.connect(version);
        int maximum = version.isV5() ? (int) client.connack().properties().number(Prop.MAXIMUM_PACKET_SIZE) : 262_144;
        int overhead = 1 + 3 + 2 + lab.topic("a").length() + (version.isV5() ? 1 : 0);

        client.send(publish(lab.topic("a"), new byte[maximum - overhead]));
        assertThat(subscriber.expect(PUBLISH).payload()).hasSize(maximum - overhead);
        client.trySend(publish(lab.topic("a"), new byte[maximum - overhead + 1]));

        client.expectDisconnected(Reason.PACKET_TOO_LARGE);
        subscriber.expectAlive();
    }

    @Test
    void everythingElseGoesOnWhileTheWindowIsFull(Lab lab) { // [MQTT-3.3.4-10] [MQTT-4.9.0-3]
        RawClient client = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
        client.subscribed(lab.topic("a"), 2);
        RawClient publisher = lab.connect(Version.V5);
        publisher.published(publish(lab.topic("a"), "one").qos(1), 1);
        publisher.published(publish(lab.topic("a"), "two").qos(1), 2);
        int one = client.expectPublish("one").packetId();

        client.subscribed(lab.topic("b"), 0);
        client.send(publish(lab.topic("c"), "m").exactlyOnce(1));
        client.expectAck(PUBREC, 1);
        client.send(ack(PUBREL, 1));
        client.expectAck(PUBCOMP, 1);
        client.send(unsubscribe(2, lab.topic("b")));
        client.expect(UNSUBACK);
        client.expectAlive();

        client.send(ack(PUBACK, one));
        client.expectPublish("two");
    }
}
