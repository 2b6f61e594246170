// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.protocol;

import static dev.holdfast.gateway.harness.mqtt.Connect.connect;
import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBACK;
import static dev.holdfast.gateway.harness.mqtt.PacketType.PUBREC;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.unit.UnitGateway;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A delay that is known, by a clock that is moved by hand, falls into the bucket of the histogram that is meant for it. */
@Tag("unit")
final class DelayHistogramsTest {
    private static final String ACKS = "mqtt_gateway_publish_ack_seconds";
    private static final String DELIVERIES = "mqtt_gateway_delivery_seconds";

    private final UnitGateway gateway = UnitGateway.with();

    private void assertCounted(String histogram, int qos, String below, String within, String seconds) {
        assertThat(gateway.scraped(histogram))
                .contains(
                        histogram + "_bucket{qos=\"" + qos + "\",le=\"" + below + "\"} 0",
                        histogram + "_bucket{qos=\"" + qos + "\",le=\"" + within + "\"} 1",
                        histogram + "_bucket{qos=\"" + qos + "\",le=\"+Inf\"} 1",
                        histogram + "_count{qos=\"" + qos + "\"} 1",
                        histogram + "_sum{qos=\"" + qos + "\"} " + seconds);
    }

    @Test
    void anAcknowledgementThatTheStoreLetsWaitFor300Millis() {
        gateway.connect(Version.V5, kept("away")).subscribed("queued", 2).disconnect();
        gateway.store().hold("enqueue");
        RawClient publisher = gateway.connect(Version.V5, connect("p"));
        publisher.send(publish("queued", "m").atLeastOnce(1));

        gateway.pass(Duration.ofMillis(300));
        gateway.store().answer(0);
        publisher.expectAck(PUBACK, 1);

        assertCounted(ACKS, 1, "0.25", "0.5", "0.301");
        assertThat(gateway.scraped(ACKS)).contains(ACKS + "_count{qos=\"2\"} 0");
    }

    @Test
    void anAcknowledgementOfQos2ThatTheStoreLetsWaitFor11Seconds() {
        gateway.connect(Version.V5, kept("away")).subscribed("queued", 2).disconnect();
        RawClient publisher = gateway.connect(Version.V5, kept("p"));
        gateway.store().hold("holdInbound");
        publisher.send(publish("queued", "m").exactlyOnce(1));
        gateway.settle();
        assertThat(gateway.store().waiting()).as("the store is asked").isEqualTo(1);

        gateway.pass(Duration.ofSeconds(11));
        gateway.store().answer(0);
        publisher.expectAck(PUBREC, 1);

        assertCounted(ACKS, 2, "10.0", "+Inf", "11.001");
    }

    @Test
    void aDeliveryThatWaitsFor40MillisForTheStoreAndOneThatWaitsForNothing() {
        RawClient subscriber = gateway.connect(Version.V5, kept("here")).subscribed("t", 1);
        RawClient publisher = gateway.connect(Version.V5, connect("p"));
        gateway.store().hold("enqueue");
        publisher.send(publish("t", "m").atLeastOnce(1));

        gateway.pass(Duration.ofMillis(40));
        gateway.store().answer(0);
        subscriber.take();
        gateway.store().release();
        publisher.send(publish("t", "n"));
        subscriber.take();

        assertCounted(DELIVERIES, 1, "0.025", "0.05", "0.041");
        assertThat(gateway.scraped(DELIVERIES))
                .contains(DELIVERIES + "_bucket{qos=\"0\",le=\"0.001\"} 1", DELIVERIES + "_sum{qos=\"0\"} 0.001");
    }
}
