// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.conformance.publish;

import static dev.holdfast.gateway.harness.mqtt.Connect.kept;
import static dev.holdfast.gateway.harness.mqtt.Publish.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.harness.Deployment;
import dev.holdfast.gateway.harness.Lab;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Packet;
import dev.holdfast.gateway.harness.mqtt.PacketType;
import dev.holdfast.gateway.harness.mqtt.Prop;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A Message Expiry Interval of 0 means now or never: who can have the message at once gets it. It was taken for expired
 * before it could reach anybody.
 */
final class ExpiryZeroTest {
    private static final Map<Deployment, Deployment.Gateways> GATEWAYS = new EnumMap<>(Deployment.class);

    private static Deployment.Gateways gateways(Deployment stores) {
        return GATEWAYS.computeIfAbsent(stores, Deployment::start);
    }

    @AfterAll
    static void stop() throws Exception {
        for (Deployment.Gateways each : GATEWAYS.values()) {
            each.close();
        }
        GATEWAYS.clear();
    }

    private static Publish forNow(String topic, String text) {
        return publish(topic, text).with(Prop.MESSAGE_EXPIRY_INTERVAL, 0);
    }

    @ParameterizedTest
    @CsvSource({"MEMORY,true", "MEMORY,false", "REDIS,true", "REDIS,false", "TWO_GATEWAYS,true", "TWO_GATEWAYS,false"})
    void whoIsConnectedGetsItWithThatInterval(Deployment stores, boolean isKept) { // [MQTT-3.3.2-6]
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            Connect connect = isKept ? kept(lab.id("s")) : lab.anonymous();
            RawClient subscriber = lab.connect(Version.V5, connect).subscribed(lab.topic("t"), 2);
            RawClient old = lab.connect(Version.V3_1_1).subscribed(lab.topic("t"), 2);
            RawClient member = lab.connect(Version.V5).subscribed(lab.shared("g", "t"), 2);
            RawClient publisher = there.connect(Version.V5);

            for (int qos = 0; qos < 3; qos++) {
                publisher.published(forNow(lab.topic("t"), "m" + qos).qos(qos), 1 + qos);

                Packet received = subscriber.take();
                assertThat(received.text()).isEqualTo("m" + qos);
                assertThat(received.properties().number(Prop.MESSAGE_EXPIRY_INTERVAL))
                        .isZero();
                assertThat(old.take().text()).isEqualTo("m" + qos);
                assertThat(member.take().text()).isEqualTo("m" + qos);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoCannotHaveItAtOnceDoesNotGetIt(Deployment stores) { // [MQTT-3.3.2-5]
        try (Lab lab = new Lab(gateways(stores).here());
                Lab there = new Lab(gateways(stores).there())) {
            lab.connect(Version.V5, kept(lab.id("away")))
                    .subscribed(lab.topic("t"), 2)
                    .disconnect();
            RawClient busy = lab.connect(Version.V5, lab.anonymous().with(Prop.RECEIVE_MAXIMUM, 1));
            busy.subscribed(lab.topic("t"), 1);
            RawClient publisher = there.connect(Version.V5);
            publisher.published(publish(lab.topic("t"), "before").qos(1).retained(), 1);

            for (int qos = 0; qos < 3; qos++) {
                publisher.published(forNow(lab.topic("t"), "now" + qos).qos(qos).retained(), 2 + qos);
            }
            publisher.published(publish(lab.topic("t"), "after").qos(1), 5);

            assertThat(busy.expect(PacketType.PUBLISH).text()).isIn("before", "now0");
            RawClient back = lab.connect(Version.V5, kept(lab.id("away")));
            assertThat(back.take().text()).isEqualTo("before");
            assertThat(back.take().text()).isEqualTo("after");
            back.expectAlive();
            // It took the place of the retained message, and expired there.
            lab.connect(Version.V5).subscribed(lab.topic("t"), 1).expectAlive();
        }
    }
}
