// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PINGRESP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.PINGREQ;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.client.Outcome;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Reason;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import dev.holdfast.store.StoreUnavailableException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Acknowledgements leave in the order in which their packets came, and none before what it acknowledges is stored, however
 * the store's answers come.
 */
@Tag("unit")
final class AcknowledgementOrderTest {
    private final UnitGateway gateway = UnitGateway.with();

    @BeforeEach
    void somebodyIsAway() {
        gateway.connect(Version.V5, kept("away")).subscribed("queued", 2).disconnect();
    }

    @ParameterizedTest
    @EnumSource
    void pubackWaitsUntilTheMessageIsInEveryQueue(Version version) {
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect(version, connect("p"));

        publisher.send(publish("queued", "m").atLeastOnce(7));
        assertThat(channel(publisher).hasOutput()).isFalse();

        gateway.store().answer(0);
        publisher.expectAck(PUBACK, 7);
    }

    @ParameterizedTest
    @EnumSource
    void pubacksLeaveInTheOrderOfTheirPublishes(Version version) { // [MQTT-4.6.0-2]
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect(version, connect("p"));
        for (int id = 1; id <= 3; id++) {
            publisher.send(publish("queued", "m" + id).atLeastOnce(id));
        }
        publisher.send(publish("nobody", "m").atLeastOnce(4));
        assertThat(channel(publisher).hasOutput()).isFalse();
        assertThat(gateway.store().waiting()).isEqualTo(3);

        gateway.store().answer(1);
        assertThat(channel(publisher).hasOutput())
                .as("the second is not before the first")
                .isFalse();

        gateway.store().answer(0);
        publisher.expectAck(PUBACK, 1);
        publisher.expectAck(PUBACK, 2);
        assertThat(channel(publisher).hasOutput())
                .as("the fourth is not before the third")
                .isFalse();

        gateway.store().answer(0);
        publisher.expectAck(PUBACK, 3);
        publisher.expectAck(PUBACK, 4);
    }

    @Test
    void pubrecWaitsUntilTheMessageIsKeptAndForThePubackBeforeIt() { // [MQTT-4.6.0-2]
        RawClient publisher = gateway.connect(Version.V5, kept("p"));
        gateway.store().hold("enqueue");
        gateway.store().hold("holdInbound");
        publisher.send(publish("queued", "one").atLeastOnce(1));
        publisher.send(publish("queued", "two").exactlyOnce(2));
        gateway.settle();

        gateway.store().answer(1);
        assertThat(channel(publisher).hasOutput()).isFalse();

        gateway.store().answer(0);
        publisher.expectAck(PUBACK, 1);
        publisher.expectAck(PUBREC, 2);
    }

    @Test
    void pubcompsLeaveInTheOrderOfThePubrels() { // [MQTT-4.6.0-4]
        RawClient publisher = gateway.connect(Version.V5, kept("p"));
        for (int id = 1; id <= 2; id++) {
            publisher.send(publish("queued", "m" + id).exactlyOnce(id));
            publisher.expectAck(PUBREC, id);
        }
        gateway.store().hold("enqueue");
        publisher.send(ack(PUBREL, 2));
        publisher.send(ack(PUBREL, 1));
        gateway.settle();

        gateway.store().answer(1);
        assertThat(channel(publisher).hasOutput()).isFalse();

        gateway.store().answer(0);
        publisher.expectAck(PUBCOMP, 2);
        publisher.expectAck(PUBCOMP, 1);
    }

    @Test
    void whatIsNotStoredIsNeverAcknowledged() {
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect("p");
        publisher.send(publish("queued", "m").atLeastOnce(1));
        gateway.settle();

        gateway.store().fail(0, new StoreUnavailableException("away", new IllegalStateException("no Redis")));

        publisher.expectDisconnected(Outcome.STORE_UNAVAILABLE.v5Code());
    }

    @Test
    void otherPacketsNeedNotWaitForTheStore() {
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect("p");
        publisher.send(publish("queued", "m").atLeastOnce(1));

        publisher.send(PINGREQ);

        publisher.expect(PINGRESP);
    }

    @Test
    void clientThatIsOwedManyAcknowledgementsIsReadNoFurtherUntilHalfOfThemHaveLeft() {
        int most = 256;
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect("p");
        for (int id = 1; id <= most + 50; id++) {
            publisher.send(publish("queued", "m").atLeastOnce(id));
            gateway.settle();
        }
        assertThat(gateway.store().waiting()).isEqualTo(most);

        for (int id = 1; id <= most / 2; id++) {
            gateway.store().answer(0);
            publisher.expectAck(PUBACK, id);
        }
        assertThat(gateway.store().waiting()).isEqualTo(most / 2);
        gateway.store().answer(0);
        publisher.expectAck(PUBACK, most / 2 + 1);

        assertThat(gateway.store().waiting()).isEqualTo(most / 2 - 1 + 50);
        gateway.store().release();
        for (int id = most / 2 + 2; id <= most + 50; id++) {
            publisher.expectAck(PUBACK, id);
        }
    }

    @Test
    void pubrelOfAnUnknownIdentifierIsAnsweredSo() { // MQTT 5.0 section 4.3.3
        RawClient publisher = gateway.connect("p");

        publisher.send(ack(PUBREL, 9));

        assertThat(publisher.expect(PUBCOMP).reason()).isEqualTo(Reason.PACKET_IDENTIFIER_NOT_FOUND);
    }
}
