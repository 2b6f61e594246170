// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.session;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBCOMP;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBLISH;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREL;
import static dev.holdfast.gateway.harness.mqtt.Packets.ack;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static dev.holdfast.gateway.unit.UnitGateway.channel;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** QoS 2 from a publisher to a subscriber, with the connection or an answer of the store lost between any two packets. */
@Tag("unit")
final class ExactlyOnceTest {
    private final UnitGateway gateway = UnitGateway.with();
    private RawClient publisher = gateway.connect(Version.V5, kept("publisher"));
    private RawClient subscriber =
            gateway.connect(Version.V5, kept("subscriber")).subscribed("t", 2);

    private void publisherComesBack() {
        channel(publisher).vanish();
        publisher = gateway.connect(Version.V5, kept("publisher"));
    }

    private void subscriberComesBack() {
        channel(subscriber).vanish();
        subscriber = gateway.connect(Version.V5, kept("subscriber"));
    }

    private void expectOnce() {
        assertThat(subscriber.take().text()).isEqualTo("m");
        subscriber.expectAlive();
    }

    @Test
    void messageIsDistributedAtPubrelAndNotBefore() { // [MQTT-4.3.3-11]
        publisher.send(publish("t", "m").exactlyOnce(5));
        publisher.expectAck(PUBREC, 5);
        assertThat(channel(subscriber).hasOutput()).isFalse();

        publisher.send(ack(PUBREL, 5));
        publisher.expectAck(PUBCOMP, 5);

        expectOnce();
    }

    @Test
    void repeatedPublishIsAnsweredAndNotDistributedTwice() { // [MQTT-4.3.3-10]
        publisher.send(publish("t", "m").exactlyOnce(5));
        publisher.expectAck(PUBREC, 5);
        publisherComesBack();
        publisher.send(publish("t", "m").exactlyOnce(5).duplicate());
        publisher.expectAck(PUBREC, 5);
        publisher.send(publish("t", "m").exactlyOnce(5).duplicate());
        publisher.expectAck(PUBREC, 5);

        publisher.send(ack(PUBREL, 5));
        publisher.expectAck(PUBCOMP, 5);

        expectOnce();
    }

    @Test
    void pubrelOnALaterConnectionReleasesTheMessage() {
        publisher.send(publish("t", "m").exactlyOnce(5));
        publisher.expectAck(PUBREC, 5);
        publisherComesBack();

        publisher.send(ack(PUBREL, 5));
        publisher.expectAck(PUBCOMP, 5);

        expectOnce();
    }

    /** The gateway had distributed the message, and was gone before it had the store forget it: the queues know it again. */
    @Test
    void pubrelThatComesAgainAfterTheDistributionDeliversNothingTwice() {
        publisher.send(publish("t", "m").exactlyOnce(5));
        publisher.expectAck(PUBREC, 5);
        gateway.store().lose("dropInbound");
        publisher.send(ack(PUBREL, 5));
        assertThat(channel(publisher).hasOutput()).as("PUBCOMP").isFalse();
        gateway.store().release();
        publisherComesBack();

        publisher.send(ack(PUBREL, 5));
        publisher.expectAck(PUBCOMP, 5);

        expectOnce();
    }

    @Test
    void pubrelThatComesTwiceWhileTheStoreIsAskedIsAnsweredOnce() {
        publisher.send(publish("t", "m").exactlyOnce(5));
        publisher.expectAck(PUBREC, 5);
        gateway.store().hold("enqueue");
        publisher.send(ack(PUBREL, 5), ack(PUBREL, 5));
        gateway.settle();
        gateway.store().release();

        publisher.expectAck(PUBCOMP, 5);

        publisher.expectAlive();
        expectOnce();
    }

    @Test
    void identifierIsFreeAfterPubcomp() {
        publisher.published(publish("t", "one").qos(2), 5);
        publisher.published(publish("t", "two").qos(2), 5);

        assertThat(subscriber.take().text()).isEqualTo("one");
        assertThat(subscriber.take().text()).isEqualTo("two");
    }

    @Test
    void subscriberThatHasSentPubrecIsSentPubrelAndNoPublishWhenItComesBack() { // [MQTT-4.4.0-1]
        publisher.published(publish("t", "m").qos(2), 1);
        int id = subscriber.expect(PUBLISH).packetId();
        subscriber.send(ack(PUBREC, id));
        subscriber.expectAck(PUBREL, id);
        subscriberComesBack();

        subscriber.expectAck(PUBREL, id);
        subscriber.send(ack(PUBCOMP, id));

        subscriber.expectAlive();
        subscriberComesBack();
        subscriber.expectAlive();
    }

    @Test
    void pubrelLeavesOnlyWhenTheReleaseIsStored() {
        publisher.published(publish("t", "m").qos(2), 1);
        int id = subscriber.expect(PUBLISH).packetId();
        gateway.store().hold("release");

        subscriber.send(ack(PUBREC, id));
        assertThat(channel(subscriber).hasOutput()).isFalse();
        subscriber.send(ack(PUBREC, id));
        assertThat(channel(subscriber).hasOutput()).isFalse();
        gateway.store().release();

        subscriber.expectAck(PUBREL, id);
        assertThat(channel(subscriber).hasOutput()).isFalse();
    }
}
