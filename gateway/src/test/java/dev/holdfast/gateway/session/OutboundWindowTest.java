// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The client's Receive Maximum, on the wire: what is outstanding is counted, not spanned (MQTT 5.0 section 4.9). */
@Tag("unit")
final class OutboundWindowTest {
    private static final int MAXIMUM = 3;
    private static final int MESSAGES = 10;

    private final UnitGateway gateway = UnitGateway.with("limits.outbound-drop-bytes=128KiB");
    private final RawClient publisher = gateway.connect("publisher");

    /** What keeps the messages of a session. */
    private enum Backlog {
        MEMORY,
        STORED;

        Connect connect() {
            Connect connect = this == MEMORY ? Connect.connect("subscriber") : kept("subscriber");
            return connect.with(Prop.RECEIVE_MAXIMUM, MAXIMUM);
        }
    }

    private RawClient subscriber(Backlog backlog) {
        return gateway.connect(Version.V5, backlog.connect()).subscribed("t", 2);
    }

    private void publishAll(int qos) {
        for (int i = 1; i <= MESSAGES; i++) {
            publisher.published(publish("t", "m" + i).qos(qos), i);
        }
    }

    private static List<Packet> take(RawClient client, int count) {
        List<Packet> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(client.expect(PUBLISH));
        }
        assertThat(channel(client).hasOutput())
                .as("more than the window has room for")
                .isFalse();
        return taken;
    }

    @ParameterizedTest
    @EnumSource
    void eachPubackMakesRoomForOneMoreInWhateverOrderTheyCome(Backlog backlog) { // [MQTT-4.9.0-2]
        RawClient client = subscriber(backlog);
        publishAll(1);
        List<Packet> inFlight = take(client, MAXIMUM);

        for (int sent = MAXIMUM; sent < MESSAGES; sent++) {
            Packet newest = inFlight.remove(inFlight.size() - 1); // the oldest stays unacknowledged to the end
            client.send(ack(PUBACK, newest.packetId()));
            Packet next = take(client, 1).get(0);
            assertThat(next.text()).isEqualTo("m" + (sent + 1));
            assertThat(next.isDup()).isFalse();
            inFlight.add(next);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anExchangeAtQosTwoGivesItsPlaceBackAtPubcompAndNotBefore(Backlog backlog) { // [MQTT-4.9.0-2]
        RawClient client = subscriber(backlog);
        publishAll(2);
        Packet first = take(client, MAXIMUM).get(0);

        client.send(ack(PUBREC, first.packetId()));
        client.expectAck(PUBREL, first.packetId());
        assertThat(channel(client).hasOutput()).isFalse();

        client.send(ack(PUBCOMP, first.packetId()));
        assertThat(take(client, 1).get(0).text()).isEqualTo("m" + (MAXIMUM + 1));
    }

    @ParameterizedTest
    @EnumSource
    void pubrecWithAFailureEndsTheExchangeAndGivesItsPlaceBack(Backlog backlog) { // [MQTT-4.4.0-2]
        RawClient client = subscriber(backlog);
        publishAll(2);
        Packet first = take(client, MAXIMUM).get(0);

        client.send(ack(PUBREC, first.packetId(), Reason.QUOTA_EXCEEDED));

        assertThat(take(client, 1).get(0).text()).isEqualTo("m" + (MAXIMUM + 1));
    }

    @ParameterizedTest
    @EnumSource
    void aRepeatedAcknowledgementGivesNothingBack(Backlog backlog) {
        RawClient client = subscriber(backlog);
        publishAll(1);
        Packet first = take(client, MAXIMUM).get(0);

        client.send(ack(PUBACK, first.packetId()));
        take(client, 1);
        client.send(ack(PUBACK, first.packetId()));

        assertThat(channel(client).hasOutput()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void anAcknowledgementThatIsNotOfItsQosEndsTheConnection(Backlog backlog) { // [MQTT-4.13.1-1]
        RawClient client = subscriber(backlog);
        publishAll(2);
        Packet first = take(client, MAXIMUM).get(0);

        client.send(ack(PUBACK, first.packetId()));

        client.expectDisconnected(Reason.PROTOCOL_ERROR);
    }

    @Test
    void qosZeroPassesAFullWindow() { // section 4.9
        RawClient client = subscriber(Backlog.MEMORY);
        publishAll(1);
        take(client, MAXIMUM);

        publisher.send(publish("t", "at once"));

        client.expectPublish("at once");
    }

    @ParameterizedTest
    @EnumSource
    void aFullSocketHoldsMessagesBackUntilItIsEmpty(Backlog backlog) {
        RawClient client = subscriber(backlog);
        channel(client).full(true);
        publisher.published(publish("t", new byte[200_000]).qos(1), 1);
        for (int i = 2; i < 4; i++) {
            publisher.published(publish("t", "behind").qos(1), i);
        }
        int sent = client.expect(PUBLISH).payload().length > 0 ? 1 : 0;
        assertThat(sent).isEqualTo(1);

        channel(client).full(false);

        client.expectPublish("behind");
        client.expectPublish("behind");
    }

    @Test
    void aResumedSessionSendsAgainWhatIsUnacknowledgedUnderTheSameIdentifiers() { // [MQTT-4.4.0-1]
        RawClient before = subscriber(Backlog.STORED);
        publishAll(1);
        List<Packet> inFlight = take(before, MAXIMUM);
        before.send(ack(PUBACK, inFlight.get(1).packetId()));
        Packet fourth = take(before, 1).get(0);
        channel(before).vanish();

        RawClient after = gateway.connect(Version.V5, Backlog.STORED.connect());

        assertThat(after.connack().isSessionPresent()).isTrue();
        List<Packet> again = take(after, MAXIMUM);
        assertThat(again).extracting(Packet::text).containsExactly("m1", "m3", "m4");
        assertThat(again).allMatch(Packet::isDup);
        assertThat(again)
                .extracting(Packet::packetId)
                .containsExactly(inFlight.get(0).packetId(), inFlight.get(2).packetId(), fourth.packetId());
    }

    @Test
    void aConnectionThatTakesNothingAtItsBeginningBringsNothingOutOfOrder() {
        gateway.connect(Version.V5, Backlog.STORED.connect()).subscribed("t", 1).disconnect();
        publishAll(1);

        RawClient client = gateway.connect(
                Version.V5,
                connect("subscriber")
                        .cleanStart(false)
                        .with(Prop.RECEIVE_MAXIMUM, 1)
                        .with(Prop.SESSION_EXPIRY_INTERVAL, 600));

        for (int i = 1; i <= MESSAGES; i++) {
            Packet next = take(client, 1).get(0);
            assertThat(next.text()).isEqualTo("m" + i);
            client.send(ack(PUBACK, next.packetId()));
        }
    }
}
